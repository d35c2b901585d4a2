"""The audit: each claim of the article, what was predicted, what is measured, the verdict."""

from dataclasses import dataclass

from .findings import MEASURES

CLAIMS = {
    1: "It adapts the learning rate of each parameter.",
    2: "It speeds up convergence.",
    3: "It handles features of different scales.",
    4: "It handles changing gradients and moving targets.",
    5: "It does well on sparse data.",
    6: "Epsilon only prevents a division by zero.",
    7: "Repeated often enough, the steps converge.",
}
WORDS = ("true", "half", "false")
CAVEAT = (
    "Two parameters of one quadratic prove nothing in general: a verdict holds for the problems "
    "that stand beside it."
)


@dataclass(frozen=True, repr=False)
class Audit:
    """The table of all claims: it shows itself as a table, or as text."""

    predicted: dict
    findings: dict

    def __repr__(self):
        lines = []
        for number, finding in self.findings.items():
            lines += [
                f"{number}. {CLAIMS[number]}",
                f"   You predicted: {self.predicted[number]}. Verdict: {finding.verdict}.",
                *(f"   {line}" for line in finding.lines),
            ]
        return "\n".join([*lines, CAVEAT])

    def _repr_html_(self):
        rows = [_row("th", "claim", "you predicted", "measured", "verdict")]
        for number, finding in self.findings.items():
            claim = f"{number}. {CLAIMS[number]}"
            measured, verdict = "<br>".join(finding.lines), f"<strong>{finding.verdict}</strong>"
            rows.append(_row("td", claim, self.predicted[number], measured, verdict))
        table = f'<table class="mathjax_ignore tex2jax_ignore">{"".join(rows)}</table>'
        return f"{table}<p>{CAVEAT}</p>"


def _row(tag, *texts):
    """Return a row of a table; JupyterLab would set its texts to the right."""
    style = 'style="text-align: left; vertical-align: top"'
    return f"<tr>{''.join(f'<{tag} {style}>{text}</{tag}>' for text in texts)}</tr>"


def audit(predictions):
    """Measure all claims and return the Audit.

    Parameters
    ----------
    predictions : dict of the number of a claim to "true", "half" or "false", or None as long as
        there is none. Anything else is shown as no prediction.
    """
    given = predictions if isinstance(predictions, dict) else {}
    predicted = {number: _prediction(given.get(number)) for number in CLAIMS}
    return Audit(predicted, {number: measure() for number, measure in MEASURES.items()})


def _prediction(given):
    said = " ".join(str(given).lower().split()) if isinstance(given, (str, bool)) else ""
    word = said.removesuffix(" true")  # of half true
    return word if word in WORDS else "none yet"


def read_back(predictions):
    """Say which predictions of an audit are open, and what is no claim or none of the words."""
    given = predictions if isinstance(predictions, dict) else {}
    words = ", ".join(f'"{word}"' for word in WORDS)
    open_ones = [number for number in CLAIMS if given.get(number) is None]
    lines = [
        f"{key!r} is no claim: write its number, 1 to {len(CLAIMS)}, without quotes."
        for key in given
        if key not in CLAIMS
    ]
    lines += [
        f"Claim {number}: {given[number]!r} is none of {words}."
        for number in CLAIMS
        if number not in open_ones and _prediction(given[number]) == "none yet"
    ]
    if open_ones:
        lines.append(f"No prediction yet: {', '.join(map(str, open_ones))}.")
    return "\n".join(lines) or "All seven are noted."

"""A notebook, or a Markdown file, as a page: nbconvert does the work, with a template of ours.

What is ours: mathematics as MathML, which browsers draw without a script or a font of the site's;
links to notebooks as links to pages; places in which page.js puts explorers, charts and questions.
"""

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path, PurePosixPath

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from latex2mathml.converter import convert as to_mathml
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import add_anchor
from traitlets.config import Config

TEMPLATES = Path(__file__).parent / "templates"
PRIORITY = ("text/html", "image/png", "text/plain")
ELSEWHERE = re.compile(r"[a-z]+:|#", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes
    ----------
    source : path of the file it is made from, from the root of the clone
    name : what lists of pages call it
    """

    source: str
    name: str

    @property
    def address(self):
        """Return the path of the page, from the root of the site."""
        return address_of(self.source)

    @property
    def root(self):
        """Return the way from the page to the root of the site: "", "../" and so on."""
        return "../" * (len(PurePosixPath(self.source).parts) - 1)

    @property
    def is_notebook(self):
        return self.source.endswith(".ipynb")


def address_of(source):
    """Return where a file of the clone stands in the site."""
    path = PurePosixPath(source)
    if path.name == "README.md":
        return str(path.with_name("index.html"))
    if path.suffix in (".ipynb", ".md"):
        return str(path.with_suffix(".html"))
    return str(path) if path.suffix else f"{path}.txt"  # a browser shows it and does not save it


def link_to(url):
    """Return a link of a notebook or of a Markdown file as a link of the site."""
    if ELSEWHERE.match(url):
        return url
    path, mark, section = url.partition("#")
    return address_of(path) + mark + section


class _Renderer(IPythonRenderer):
    def inline_math(self, body):
        return to_mathml(body)

    def block_math(self, body):
        return to_mathml(body, display="block")

    def link(self, text, url, title=None):
        return super().link(text, link_to(url), title)

    def heading(self, text, level, **attrs):
        return add_anchor(f"<h{level}>{text}</h{level}>", "") + "\n"  # for its id


class _Exporter(HTMLExporter):
    def markdown2html(self, source):
        return MarkdownWithMath(renderer=_Renderer(escape=False)).render(source)


@cache
def _exporter():
    return _Exporter(
        config=Config({"NbConvertBase": {"display_data_priority": list(PRIORITY)}}),
        template_name="lesson",
        extra_template_basedirs=[str(TEMPLATES)],
    )


def render(page, notebook, around):
    """Return a page as HTML.

    Parameters
    ----------
    page : Page
    notebook : what to show; the metadata of its cells say what lives in them, see parts.py
    around : dict of what else the template needs
    """
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    title, is_start = _title(first), page.address == "index.html"
    told = {
        "address": page.address,
        "root": page.root,
        "source": page.source,
        "is_notebook": page.is_notebook,
        "is_start": is_start,
        "title": title if is_start else f"{title} · RMSProp, by hand and by slider",
        "board": lambda part: board_html(part, page.root),
    }
    html, _ = _exporter().from_notebook_node(notebook, {"page": told | around})
    return finish(html)


def finish(html):
    """Put the page's headings into its contents, and its wide parts into boxes that scroll."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.select("[style]"):
        del tag["style"]  # stored for Jupyter; here the style sheet says it
    for anchor in soup.select("a.anchor-link"):
        anchor.decompose()  # the contents link to every section
    invitation, first = soup.select_one(".invitation"), soup.select_one(".place")
    if invitation:
        first.insert_before(invitation)
    for number, table in enumerate(soup.select("main table"), start=1):
        box = table.wrap(soup.new_tag("div", attrs={"class": "wide"}))
        box["role"], box["aria-label"] = "region", f"Table {number}"
        heads = [head.get_text() for head in table.select("tr:first-child > th")]
        for row in table.select("tr") if len(heads) > 2 else ():
            for head, cell in list(zip(heads, row.find_all("td"), strict=False))[1:]:
                cell["data-head"] = head  # a narrow page shows cells below each other
    here = soup.select_one("#contents [aria-current]")
    headings = soup.select("main h2[id]")
    if here and headings:
        items = "".join(
            f'<li><a href="#{escape(each["id"])}">{each.decode_contents()}</a></li>'
            for each in headings
        )
        here.insert_after(BeautifulSoup(f"<ul>{items}</ul>", "html.parser"))
    return str(soup)


def board_html(part, root):
    """Return the place of an explorer or a chart: picture and sentence, until it lives."""
    return _template("board.html.j2").render(part, root=root)


def explorer_html(**parts):
    """Return the page that holds the explorer and all that it needs."""
    return _template("explorer.html.j2").render(parts)


def links_in(html):
    """Return the links of a page to files of the site, without their sections."""
    soup = BeautifulSoup(html, "html.parser")
    found = [tag.get("href") or tag.get("src") for tag in soup.select("[href], [src]")]
    return sorted({re.split("[#?]", url)[0] for url in found if not ELSEWHERE.match(url)})


def _title(markdown):
    return next(line.lstrip("# ") for line in markdown.splitlines() if line.startswith("# "))


@cache
def _template(name):
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template(name)

"""What a published library computes for the article's run: stored, so that no reader needs it."""

# theta after so many steps of optax.rmsprop(0.1, decay=0.9, eps=1e-8, initial_scale=0.0), whose
# epsilon stands inside the root, on the article's data and start. Optax 0.2.8 with JAX 0.10.2, in
# float64, with the gradient by automatic differentiation of the mean squared error.
OPTAX = {
    1: (-0.03776614528858814, -1.0587235274435673),
    2: (0.18350212527424475, -0.8374907401429067),
    5: (0.6645513076153079, -0.3566178062536914),
    10: (1.2496452023729383, 0.22804059578123434),
    50: (3.8670108938427386, 2.825718314066764),
    100: (4.210366399597666, 2.9790034965176146),
}

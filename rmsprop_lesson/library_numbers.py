"""What published libraries compute for the article's run: stored, so that no reader needs them.

Each dict gives theta after so many steps on the article's data and start, with learning rate 0.1
and decay 0.9, in float64, with the gradient by automatic differentiation of the mean squared
error. The average starts at zero.
"""

# optax.rmsprop(0.1, decay=0.9, eps=1e-8, initial_scale=0.0), Optax 0.2.8 with JAX 0.10.2:
# epsilon inside the root
OPTAX = {
    1: (-0.03776614528858814, -1.0587235274435673),
    2: (0.18350212527424475, -0.8374907401429067),
    5: (0.6645513076153079, -0.3566178062536914),
    10: (1.2496452023729383, 0.22804059578123434),
    50: (3.8670108938427386, 2.825718314066764),
    100: (4.210366399597666, 2.9790034965176146),
}

# keras.optimizers.RMSprop(learning_rate=0.1, rho=0.9, epsilon=0.01), Keras 3.15.1 with JAX 0.10.2:
# epsilon inside the root, large enough to see where it stands
KERAS = {
    1: (-0.03781855830523273, -1.058765924359269),
    2: (0.18343020660592788, -0.8375486854999287),
    5: (0.664453925023934, -0.35669566374941414),
    10: (1.2495280985075166, 0.22794787600558555),
    50: (3.8668161182203074, 2.8255995139273833),
    100: (4.209606731541907, 2.979671833074217),
}

# torch.optim.RMSprop(lr=0.1, alpha=0.9, eps=0.01), PyTorch 2.13.0: epsilon outside the root
PYTORCH = {
    1: (-0.038340921324350075, -1.0592405569583643),
    2: (0.18263923231444468, -0.8382654862428963),
    5: (0.6632140684034529, -0.35781384849159537),
    10: (1.2478642938672047, 0.22645583256311563),
    50: (3.864718717773579, 2.8240172847016543),
    100: (4.209668055791993, 2.97962464723448),
}

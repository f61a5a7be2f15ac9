//! The bodies, in units in which the constant of gravity is 1.

/// A vector in space.
type Vector = [f64; 3];

#[derive(Clone, Copy)]
struct Body {
    mass: f64,
    place: Vector,
    velocity: Vector,
}

/// A star and its planets.
pub(crate) struct System {
    bodies: [Body; 4],
}

impl System {
    /// Returns planets on nearly circular orbits, and a star that moves against them.
    pub(crate) fn new() -> Self {
        let planet = |mass, place, velocity| Body {
            mass,
            place,
            velocity,
        };
        let planets = [
            planet(1.0e-3, [1.0, 0.0, 0.01], [0.0, 1.0, 0.0]),
            planet(3.0e-4, [0.0, -1.6, 0.0], [0.78, 0.0, 0.02]),
            planet(5.0e-5, [-2.5, 0.1, 0.0], [0.0, -0.64, 0.0]),
        ];
        let momentum = sum(&planets);
        let star = Body {
            mass: 1.0,
            place: [0.0; 3],
            velocity: momentum.map(|part| -part),
        };
        let [a, b, c] = planets;
        Self {
            bodies: [star, a, b, c],
        }
    }

    /// Moves the bodies by a step: each gets the velocity that the forces give it, and goes on with
    /// that (the symplectic Euler method).
    pub(crate) fn advance(&mut self, step: f64) {
        for index in 1..self.bodies.len() {
            let (before, rest) = self.bodies.split_at_mut(index);
            let Some(body) = rest.first_mut() else { return };
            for other in before {
                let between = difference(&other.place, &body.place);
                let square = dot(&between, &between);
                let pull = step / (square * libm::sqrt(square));
                for (axis, distance) in between.iter().enumerate() {
                    other.velocity[axis] -= distance * body.mass * pull;
                    body.velocity[axis] += distance * other.mass * pull;
                }
            }
        }
        for body in &mut self.bodies {
            for (place, velocity) in body.place.iter_mut().zip(body.velocity) {
                *place += step * velocity;
            }
        }
    }

    /// Returns the energy of motion and of gravity.
    pub(crate) fn energy(&self) -> f64 {
        let mut energy = 0.0;
        for (index, body) in self.bodies.iter().enumerate() {
            energy += 0.5 * body.mass * dot(&body.velocity, &body.velocity);
            for other in &self.bodies[..index] {
                let between = difference(&other.place, &body.place);
                energy -= body.mass * other.mass / libm::sqrt(dot(&between, &between));
            }
        }
        energy
    }

    /// Returns the momentum.
    pub(crate) fn momentum(&self) -> Vector {
        sum(&self.bodies)
    }

    /// Returns where the first planet is.
    pub(crate) fn planet(&self) -> Vector {
        self.bodies[1].place
    }
}

/// Returns the momentum of some bodies.
fn sum(bodies: &[Body]) -> Vector {
    let mut momentum = [0.0; 3];
    for body in bodies {
        for (part, velocity) in momentum.iter_mut().zip(body.velocity) {
            *part += body.mass * velocity;
        }
    }
    momentum
}

fn difference(left: &Vector, right: &Vector) -> Vector {
    core::array::from_fn(|axis| left[axis] - right[axis])
}

fn dot(left: &Vector, right: &Vector) -> f64 {
    left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
}

//! Random numbers, and choices by weight.

use oorandom::Rand64;

pub(super) struct Dice(Rand64);

impl Dice {
    pub(super) fn new(seed: u128) -> Self {
        Self(Rand64::new(seed))
    }

    /// From 0 to less than `end`; 0 when there is nothing to choose from.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let drawn = self.0.rand_range(0..u64::from(end.max(1)));
        // It is less than `end`, so it fits.
        u32::try_from(drawn).unwrap_or_default()
    }

    /// From 0 to less than 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.rand_float()
    }

    pub(super) fn chance(&mut self, of: f64) -> bool {
        self.share() < of
    }

    /// From 1 up without end, seldom large: Pareto with exponent 4/3. Two square roots, since
    /// those give the same result on every machine and `powf` does not.
    pub(super) fn heavy(&mut self) -> f64 {
        let left = 1.0 - self.share();
        let root = left.sqrt();
        1.0 / (root * root.sqrt())
    }

    /// The same things in another order.
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        let mut left = u32::try_from(things.len()).unwrap_or(u32::MAX);
        while left > 1 {
            let chosen = self.below(left);
            left -= 1;
            things.swap(left as usize, chosen as usize);
        }
    }
}

/// Chooses places of a list by their weights.
pub(super) struct Wheel {
    /// Up to and with each place, the sum of the weights.
    sums: Vec<f64>,
}

impl Wheel {
    pub(super) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { sums: sums.collect() }
    }

    /// A place; 0 when there is none.
    pub(super) fn spin(&self, dice: &mut Dice) -> usize {
        let point = dice.share() * self.sums.last().copied().unwrap_or_default();
        let place = self.sums.partition_point(|sum| *sum <= point);
        place.min(self.sums.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_stops_as_often_as_the_weights_say() {
        let mut dice = Dice::new(1);
        let wheel = Wheel::new([1.0, 0.0, 3.0]);
        let mut counts = [0_i32; 3];
        for _ in 0..4_000 {
            counts[wheel.spin(&mut dice)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((counts[0] - 1_000).abs() < 120, "{counts:?}");
    }

    #[test]
    fn most_weights_are_small_and_few_are_large() {
        let mut dice = Dice::new(1);
        let weights: Vec<f64> = (0..10_000).map(|_| dice.heavy()).collect();
        let above = |limit: f64| weights.iter().filter(|w| **w > limit).count();
        assert_eq!(above(0.999), 10_000);
        // A share of 8^(-4/3) = 1/16 lies above 8.
        assert!((525..725).contains(&above(8.0)), "{}", above(8.0));
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut things: Vec<u32> = (0..100).collect();
        Dice::new(1).shuffle(&mut things);
        assert_ne!(things, (0..100).collect::<Vec<_>>());
        things.sort_unstable();
        assert_eq!(things, (0..100).collect::<Vec<_>>());
    }
}

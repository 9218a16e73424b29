//! Both sides of a ratio, in turns.

use std::future::Future;

/// The middle one; of an even number the mean of the two middle ones.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// The sample that stands at `share` (0.99) of the sorted samples.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get(((last as f64) * share).ceil() as usize).copied().unwrap_or(f64::NAN)
}

/// What one round gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Round {
    /// Rate, seconds or whatever is compared.
    pub value: f64,
    /// Microseconds of our processes for one operation.
    pub cpu: f64,
}

impl Round {
    pub fn of(value: f64) -> Self {
        Self { value, cpu: 0.0 }
    }
}

/// Medians of both sides.
#[derive(Clone, Copy, Debug)]
pub struct Both {
    pub ours: Round,
    pub limit: Round,
}

/// `rounds` of each side in turns; one more of each before, to warm up, does not count.
pub async fn turns<Ours, Limit>(
    rounds: usize,
    mut ours: impl FnMut(usize) -> Ours,
    mut limit: impl FnMut(usize) -> Limit,
) -> anyhow::Result<Both>
where
    Ours: Future<Output = anyhow::Result<Round>>,
    Limit: Future<Output = anyhow::Result<Round>>,
{
    let (mut our_rounds, mut limit_rounds) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (one, other) = (ours(round).await?, limit(round).await?);
        if round > 0 {
            our_rounds.push(one);
            limit_rounds.push(other);
        }
    }
    Ok(Both { ours: middle(&our_rounds), limit: middle(&limit_rounds) })
}

fn middle(rounds: &[Round]) -> Round {
    let of = |pick: fn(&Round) -> f64| median(rounds.iter().map(pick).collect());
    Round { value: of(|round| round.value), cpu: of(|round| round.cpu) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_ignores_one_bad_round() {
        assert_eq!(median(vec![5.0, 1.0, 900.0]), 5.0);
        assert_eq!(median(vec![4.0, 2.0]), 3.0);
        assert_eq!(quantile(&mut (0..=100).map(f64::from).collect::<Vec<_>>(), 0.99), 99.0);
    }
}

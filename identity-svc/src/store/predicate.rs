//! Conditions put together at run time: texts of this code, values of the caller bound beside them.

use platform::db::{Bind, Value};
use proto::filter::{Filter, Operator};

use crate::domain::organization::Subtree;
use crate::domain::text;

/// The values of a condition; a text refers to them as `$1`, `$2`, ….
#[derive(Default)]
pub(super) struct Values(pub(super) Vec<Value>);

impl Values {
    /// Keeps a value and answers its placeholder.
    pub(super) fn add<T: Bind>(&mut self, value: T) -> String {
        self.0.push(T::value(Some(value)));
        format!("${}", self.0.len())
    }
}

/// A filter as a condition; `leaf` writes words and comparisons.
pub(super) fn compile(
    filter: &Filter,
    values: &mut Values,
    leaf: &dyn Fn(&Filter, &mut Values) -> String,
) -> String {
    let mut joined = |parts: &[Filter], sign: &str| {
        let parts: Vec<String> = parts.iter().map(|part| compile(part, values, leaf)).collect();
        format!("({})", parts.join(sign))
    };
    match filter {
        Filter::All => "TRUE".to_owned(),
        Filter::And(parts) => joined(parts, " AND "),
        Filter::Or(parts) => joined(parts, " OR "),
        Filter::Not(part) => format!("NOT ({})", compile(part, values, leaf)),
        Filter::Word(_) | Filter::Compare { .. } => leaf(filter, values),
    }
}

/// Organizations (`o`) in any of these subtrees.
pub(super) fn within(subtrees: &[Subtree], values: &mut Values) -> String {
    let ranges: Vec<String> = subtrees
        .iter()
        .map(|subtree| {
            let (start, end) = (values.add(&subtree.start), values.add(&subtree.end));
            format!("(o.path >= {start} AND o.path < {end})")
        })
        .collect();
    any(&ranges)
}

/// Halves of halves: SQLite refuses an expression that is more than 1,000 deep, and a person may own more
/// organizations than that.
fn any(conditions: &[String]) -> String {
    match conditions {
        [] => "FALSE".to_owned(),
        [only] => only.clone(),
        _ => {
            let (left, right) = conditions.split_at(conditions.len() / 2);
            format!("({} OR {})", any(left), any(right))
        }
    }
}

/// The pattern that finds a word anywhere in folded text; its own `%` and `_` stand for themselves.
pub(super) fn containing(word: &str) -> String {
    let mut pattern = String::from("%");
    for character in text::fold(word).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern + "%"
}

/// The operator as SQL writes it.
pub(super) fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "=",
        Operator::NotEqual => "<>",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_becomes_a_condition_with_bound_values() {
        let word = |text: &str| Filter::Word(text.to_owned());
        let filter =
            Filter::And(vec![word("a"), Filter::Not(Box::new(Filter::Or(vec![word("b"), Filter::All])))]);
        let mut values = Values::default();
        let text = compile(&filter, &mut values, &|leaf, values| match leaf {
            Filter::Word(word) => format!("x = {}", values.add(word)),
            _ => String::new(),
        });
        assert_eq!(text, "(x = $1 AND NOT ((x = $2 OR TRUE)))");
    }

    #[test]
    fn q19_many_subtrees_are_a_shallow_condition() {
        let subtrees: Vec<Subtree> = (0..2000).map(|number| Subtree::of(&format!("{number}/"))).collect();
        let text = within(&subtrees, &mut Values::default());
        let mut depth = 0;
        let deepest = text.chars().map(|sign| {
            depth += i32::from(sign == '(') - i32::from(sign == ')');
            depth
        });
        assert!(deepest.max() <= Some(13));
        assert_eq!(within(&[], &mut Values::default()), "FALSE");
    }

    #[test]
    fn signs_of_patterns_stand_for_themselves() {
        assert_eq!(containing("50%_A\\"), "%50\\%\\_a\\\\%");
    }
}

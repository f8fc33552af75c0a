//! The bound of a call that one of several models will answer.

use super::{Bound, ToolBound, UnboundedParts};
use crate::pricing::PriceBound;

impl Bound {
    /// What covers a call at any of these targets. Prices are those of the targets that have one: a limit that needs a
    /// price leaves out the others. `None` without any bound.
    pub fn largest(bounds: impl IntoIterator<Item = Self>) -> Option<Self> {
        bounds.into_iter().reduce(Self::or)
    }

    fn or(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.zip(other.output_tokens).map(|(one, two)| one.max(two)),
            // What is filled in, each target must take.
            fill_tokens: self.fill_tokens.min(other.fill_tokens),
            choices: self.choices.max(other.choices),
            price: either(self.price, other.price, PriceBound::or),
            tools: either(self.tools, other.tools, ToolBound::or),
            unbounded: either(self.unbounded, other.unbounded, UnboundedParts::or),
        }
    }
}

impl ToolBound {
    fn or(self, other: Self) -> Self {
        Self {
            max_calls: self.max_calls.zip(other.max_calls).map(|(one, two)| one.max(two)),
            fill_calls: self.fill_calls.min(other.fill_calls),
            tokens_per_call: self.tokens_per_call.max(other.tokens_per_call),
            fee_per_call: self.fee_per_call.max(other.fee_per_call),
        }
    }
}

impl UnboundedParts {
    fn or(self, other: Self) -> Self {
        Self {
            names: if self.names.len() >= other.names.len() { self.names } else { other.names },
            is_model_known: self.is_model_known && other.is_model_known,
            typical_input_tokens: self.typical_input_tokens.max(other.typical_input_tokens),
            typical_fees: self.typical_fees.max(other.typical_fees),
        }
    }
}

fn either<T>(one: Option<T>, two: Option<T>, both: impl FnOnce(T, T) -> T) -> Option<T> {
    match (one, two) {
        (Some(one), Some(two)) => Some(both(one, two)),
        (one, two) => one.or(two),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{PicoUsd, Rate};

    fn bound(input_tokens: i64, rates: Option<(i64, i64)>) -> Bound {
        let rate = |pico| Rate::from_pico_per_token(pico).unwrap();
        Bound {
            input_tokens,
            output_tokens: None,
            fill_tokens: input_tokens * 10,
            choices: 1,
            price: rates
                .map(|(input, output)| PriceBound { input_token: rate(input), output_token: rate(output) }),
            tools: None,
            unbounded: None,
        }
    }

    #[test]
    fn bound_covers_every_target_and_fills_in_what_each_takes() {
        assert!(Bound::largest([]).is_none());
        let largest = Bound::largest([
            bound(100, Some((5, 1))),
            Bound { output_tokens: Some(9), ..bound(70, Some((3, 8))) },
        ])
        .unwrap();
        assert_eq!((largest.input_tokens, largest.output_tokens, largest.fill_tokens), (100, None, 700));
        let price = largest.price.unwrap();
        assert_eq!((price.input_token.as_pico_per_token(), price.output_token.as_pico_per_token()), (5, 8));
    }

    #[test]
    fn targets_without_a_price_or_a_tool_leave_those_of_the_others() {
        let tools = |tokens_per_call, fill_calls| ToolBound {
            max_calls: None,
            fill_calls,
            tokens_per_call,
            fee_per_call: PicoUsd::from_pico(tokens_per_call),
        };
        let with_tools = |tools| Bound { tools: Some(tools), ..bound(1, None) };
        let largest =
            Bound::largest([bound(1, Some((5, 1))), with_tools(tools(7, 32)), with_tools(tools(9, 4))]);
        let largest = largest.unwrap();
        assert_eq!(largest.price.map(|price| price.input_token.as_pico_per_token()), Some(5));
        assert_eq!(largest.tools, Some(ToolBound { fee_per_call: PicoUsd::from_pico(9), ..tools(9, 4) }));
        assert!(bound(1, None).or(bound(1, None)).price.is_none());
    }
}

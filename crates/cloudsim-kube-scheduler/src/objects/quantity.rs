//! Kubernetes quantities: `100m`, `1.5Gi`, `129e6`.

/// An amount, exact to the billionth: what a sum of `0.1m` and `0.1m` is before it is rounded up.
///
/// Source: Kubernetes API conventions, `resource.Quantity`
/// (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>):
/// at most three decimals beyond nano are kept, rounded up; magnitudes stop at 2^63 - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    nanos: i128,
}

const NANO: i128 = 1_000_000_000;
/// The greatest magnitude, in billionths.
const GREATEST: i128 = i64::MAX as i128 * NANO;

impl Quantity {
    /// None of it.
    pub const ZERO: Quantity = Quantity { nanos: 0 };

    /// A whole number of units.
    #[must_use]
    pub const fn units(units: i64) -> Quantity {
        Quantity { nanos: units as i128 * NANO }
    }

    /// A whole number of thousandths.
    #[must_use]
    pub const fn milli(milli: i64) -> Quantity {
        Quantity { nanos: milli as i128 * 1_000_000 }
    }

    /// Reads any legal spelling.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Quantity, String> {
        let wrong = || {
            format!(
                "`{}` is no quantity: write a number with at most one of n, u, m, k, M, G, T, P, E, Ki … Ei",
                text.escape_debug()
            )
        };
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let number =
            unsigned.len() - unsigned.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, suffix) = unsigned.split_at(number);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(wrong());
        }
        // Value = digits * multiplier * 10^exponent; the multiplier is a power of two, or one.
        let (multiplier, exponent) = scale(suffix).ok_or_else(wrong)?;
        let exponent =
            exponent.saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX)).saturating_add(9);
        let digits = whole.bytes().chain(fraction.bytes()).map(|b| i128::from(b - b'0'));
        let magnitude = scaled(digits, multiplier, exponent).min(GREATEST);
        Ok(Quantity { nanos: if negative { -magnitude } else { magnitude } })
    }

    /// In whole units, rounded up.
    #[must_use]
    pub fn value(self) -> i64 {
        ceiling(self.nanos, NANO)
    }

    /// In whole thousandths, rounded up.
    #[must_use]
    pub fn milli_value(self) -> i64 {
        ceiling(self.nanos, 1_000_000)
    }

    /// The sum, at most the greatest quantity.
    #[must_use]
    pub fn plus(self, other: Quantity) -> Quantity {
        Quantity { nanos: (self.nanos + other.nanos).clamp(-GREATEST, GREATEST) }
    }
}

/// `digits * multiplier * 10^exponent`, rounded up to a whole number. By how much it is above the greatest quantity is
/// not exact.
fn scaled(digits: impl Iterator<Item = i128>, multiplier: i128, exponent: i32) -> i128 {
    let mut value: i128 = 0;
    // Digits that no longer fit only make the number greater: each is a power of ten.
    let mut beyond = 0i32;
    let mut rest = false;
    for digit in digits {
        if value > 10i128.pow(28) {
            beyond = beyond.saturating_add(1);
            rest |= digit != 0;
        } else {
            value = value * 10 + digit;
        }
    }
    if value == 0 {
        return 0;
    }
    let mut exponent = exponent.saturating_add(beyond);
    while exponent > 0 && value <= GREATEST {
        value *= 10;
        exponent -= 1;
    }
    // A multiplier is applied before digits are dropped, while it fits.
    let mut value = value.saturating_mul(multiplier);
    while exponent < 0 && value > 0 {
        rest |= value % 10 != 0;
        value /= 10;
        exponent += 1;
    }
    value + i128::from(rest)
}

fn scale(suffix: &str) -> Option<(i128, i32)> {
    Some(match suffix {
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "" => (1, 0),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.trim_start_matches(['+', '-']);
            if digits.is_empty()
                || exponent.len() - digits.len() > 1
                || !digits.bytes().all(|b| b.is_ascii_digit())
            {
                return None;
            }
            (1, exponent.parse().ok()?)
        }
    })
}

fn ceiling(amount: i128, unit: i128) -> i64 {
    let quotient = amount.div_euclid(unit) + i128::from(amount.rem_euclid(unit) != 0);
    i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::Quantity;
    use proptest::prelude::*;

    fn milli(text: &str) -> i64 {
        Quantity::parse(text).unwrap().milli_value()
    }

    fn value(text: &str) -> i64 {
        Quantity::parse(text).unwrap().value()
    }

    #[test]
    fn every_spelling_of_an_amount_is_the_same_amount() {
        assert_eq!([milli("0.1"), milli("100m"), milli("1e-1"), milli("100000u"), milli(".1")], [100; 5]);
        assert_eq!(value("1.5Gi"), 3 << 29);
        assert_eq!([value("129e6"), value("129M"), value("129E6"), value("+129000k")], [129_000_000; 4]);
        assert_eq!(value("15146372Ki"), 15_146_372 << 10);
    }

    #[test]
    fn parts_of_a_unit_are_rounded_up() {
        assert_eq!(milli("100500u"), 101);
        assert_eq!(value("1m"), 1);
        assert_eq!(value("0.0000000001"), 1);
        assert_eq!(milli("1n"), 1);
    }

    #[test]
    fn sums_are_rounded_after_adding() {
        let sum = Quantity::parse("0.4m").unwrap().plus(Quantity::parse("0.4m").unwrap());
        assert_eq!(sum.milli_value(), 1);
    }

    #[test]
    fn too_much_is_the_greatest() {
        for text in ["1e99", "9e999999", "99999999999999999999999999999999999999999999", "16Ei", "1000000E"] {
            assert_eq!(value(text), i64::MAX, "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", ".", "-", "1.2.3", "1Kb", "1ki", "e3", "1e", "1e+", "1e--3", "0x10", "1 Gi", "١"] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn thousandths_come_back(milli in -1_000_000_000_000i64..1_000_000_000_000) {
            prop_assert_eq!(Quantity::parse(&format!("{milli}m")).unwrap().milli_value(), milli);
        }

        #[test]
        fn no_text_panics(text in "[-+]?[0-9.]{0,60}[eEKMGTPinum0-9+-]{0,12}") {
            let _ = Quantity::parse(&text);
        }
    }
}

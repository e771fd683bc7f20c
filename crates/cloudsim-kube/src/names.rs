//! How Kubernetes names what it makes.

/// The letters and digits of generated names: no vowels, and nothing that is read as another.
///
/// Source: Kubernetes, `k8s.io/apimachinery/pkg/util/rand`
/// (<https://github.com/kubernetes/kubernetes/blob/v1.34.1/staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go>).
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// So many of them, made of `word`.
pub(crate) fn suffix(mut word: u64, length: usize) -> String {
    let mut suffix = String::with_capacity(length);
    for _ in 0..length {
        let letter = usize::try_from(word % 27).expect("below 27");
        suffix.push(char::from(ALPHABET[letter]));
        word /= 27;
    }
    suffix
}

/// The hash of a template, as part of names: the same text has the same one, in every run.
pub(crate) fn hash(text: &str) -> String {
    // FNV-1a, as Kubernetes takes, over the text that we have.
    suffix(fnv1a(text), 10)
}

/// The uid of an object: the same name has the same one, in every run.
pub(crate) fn uid(name: &str) -> String {
    let [high, low] = ["a", "b"].map(|half| fnv1a(&format!("{half} {name}")));
    let (high, low) = (format!("{high:016x}"), format!("{low:016x}"));
    format!("{}-{}-{}-{}-{}", &high[..8], &high[8..12], &high[12..], &low[..4], &low[4..])
}

/// Whose turn it is among zones for the volume of a claim: the hash of the stateful set's name, and the number behind it.
///
/// Source: external-provisioner, `getPVCNameHashAndIndexOffset`
/// (<https://github.com/kubernetes-csi/external-provisioner/blob/v5.3.0/pkg/controller/topology.go>).
pub(crate) fn spread(claim: &str) -> u32 {
    let numbered = claim.rsplit_once('-').and_then(|(name, number)| Some((name, number.parse().ok()?)));
    let (name, number): (&str, u32) = match numbered {
        Some((name, number)) => (name.rsplit_once('-').map_or(name, |(_, set)| set), number),
        None => (claim, 0),
    };
    // FNV-1 of 32 bits, which multiplies before it mixes in.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
    hash.wrapping_add(number)
}

fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_letters_that_are_hard_to_misread() {
        assert_eq!(suffix(0, 5), "bbbbb");
        assert_eq!(suffix(26, 2), "9b");
        assert_ne!(hash("a"), hash("b"));
        assert_eq!(hash("web").len(), 10);
    }

    #[test]
    fn claims_of_a_stateful_set_take_turns_in_the_order_of_their_numbers() {
        let first = spread("data-db-0");
        assert_eq!(spread("data-db-1"), first.wrapping_add(1));
        assert_eq!(spread("logs-db-2"), first.wrapping_add(2), "another claim of the same pods goes along");
        assert_ne!(spread("data-web-0"), first);
    }

    #[test]
    fn a_uid_looks_like_one() {
        let uid = uid("shop/data-db-0");
        assert_eq!(uid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}

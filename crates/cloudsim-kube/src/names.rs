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
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    suffix(hash, 10)
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
}

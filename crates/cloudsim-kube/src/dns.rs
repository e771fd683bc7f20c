//! Names of services, as the resolvers of pods ask for them.
//!
//! # Modelled
//! The search list that a kubelet writes for a pod and `ndots`, so how many names are asked for until the right one.
//!
//! # Left out
//! `dnsPolicy` and `dnsConfig` of pods, names of anything else than services, caches of nodes and applications.

use crate::limits::{CLUSTER_DOMAIN, INSTANCE_DOMAIN};
use crate::objects::ObjectKey;

/// How callers write the name of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// `cart` in its own namespace, `cart.shop` elsewhere.
    Short,
    /// `cart.shop.svc.cluster.local`.
    Qualified,
    /// `cart.shop.svc.cluster.local.`: the dot at the end says that nothing is missing.
    Rooted,
}

/// What asks for names in a pod, and by that what it does when no answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// That of glibc: it asks again from the same port, so that the rules of the node lead it to the same pod until they
    /// forget that, and gives up with the first name for which nobody answers.
    Glibc,
    /// That of Go: it asks again from another port, and goes on to the next name.
    Go,
}

/// How many names a pod of a namespace asks for until it has the address of a service. A name with fewer than `ndots` dots
/// is looked for in the domains of the search list first, in their order, else as it is.
#[must_use]
pub fn names_asked(written: Written, from: &str, service: &ObjectKey, ndots: u32) -> u32 {
    let ObjectKey { namespace, name } = service;
    let whole = format!("{name}.{namespace}.svc.{CLUSTER_DOMAIN}");
    let given = match written {
        Written::Short if **namespace == *from => name.to_string(),
        Written::Short => format!("{name}.{namespace}"),
        Written::Qualified => whole.clone(),
        Written::Rooted => return 1,
    };
    let own = [format!("{from}.svc.{CLUSTER_DOMAIN}"), format!("svc.{CLUSTER_DOMAIN}")];
    let domains = own.iter().map(String::as_str).chain([CLUSTER_DOMAIN, INSTANCE_DOMAIN]);
    let mut asked: Vec<String> = domains.map(|domain| format!("{given}.{domain}")).collect();
    let dots = u32::try_from(given.matches('.').count()).expect("few dots");
    let as_it_is = if dots >= ndots { 0 } else { asked.len() };
    asked.insert(as_it_is, given);
    let place = asked.iter().position(|name| *name == whole).expect("one of the names is the right one");
    u32::try_from(place + 1).expect("few names")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cart(written: Written, from: &str, ndots: u32) -> u32 {
        names_asked(written, from, &"shop/cart".parse().unwrap(), ndots)
    }

    /// cart.shop.svc.cluster.local is the first name in `shop`; from `web` cart.shop.web.svc.cluster.local is asked for
    /// before.
    #[test]
    fn a_short_name_is_found_in_the_first_or_the_second_domain() {
        assert_eq!((cart(Written::Short, "shop", 5), cart(Written::Short, "web", 5)), (1, 2));
    }

    /// Four dots are fewer than five, so that all four domains of the list come first.
    #[test]
    fn a_qualified_name_costs_the_whole_search_list_unless_ndots_is_lower() {
        assert_eq!((cart(Written::Qualified, "shop", 5), cart(Written::Qualified, "shop", 4)), (5, 1));
        assert_eq!(cart(Written::Rooted, "shop", 5), 1);
    }

    /// With ndots:1 cart.shop is asked for as it is, then in `shop.svc`, then in `svc`.
    #[test]
    fn a_name_with_enough_dots_is_asked_for_as_it_is_before() {
        assert_eq!((cart(Written::Short, "web", 1), cart(Written::Short, "shop", 1)), (3, 1));
    }
}

//! The rules of what is imported, with their codes.

use crate::kubectl::said;
use cloudsim_scenario::{Example, Rule};

/// A pod, for examples that need one.
pub(crate) const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\n\
     spec: { containers: [{ name: web, image: \"shop/web:1.0\" }] }\n";

macro_rules! rules {
    ($($name:ident = $code:literal, $title:literal, $page:literal, $wrong:expr, $right:expr;)+) => {
        $(pub(crate) static $name: Rule = Rule {
            code: $code,
            title: $title,
            page: $page,
            example: Example::Foreign { language: "yaml", wrong: $wrong, right: $right, said },
        };)+
        static ALL: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    TEXT = "CS1101", "a text in YAML or JSON", "\
What is imported is text in UTF-8: YAML, read as kubectl reads it, or JSON if it begins with a bracket. As for kubectl, no key of a \
map is given twice, and tabs do not indent. Levels are at most 100 deep, and aliases stand for at most 100,000 values.",
    "apiVersion: v1\nkind: Node\nmetadata:\n  name: one\n  name: two\n",
    "apiVersion: v1\nkind: Node\nmetadata:\n  name: one\nstatus:\n  allocatable: { cpu: \"4\", memory: 16Gi, pods: \"58\" }\n";

    OBJECT = "CS1102", "an object of Kubernetes", "\
Each document is an object with `apiVersion` and `kind`, or a list of such. Values for Helm, patches and other configuration are \
not.",
    "replicas: 3\nimage: shop/web:1.0\n",
    POD;

    TEMPLATE = "CS1103", "what a template becomes, not the template", "\
A template of Helm or Go becomes objects only when it is rendered with its values. `helm template RELEASE CHART` prints \
them.",
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-web\n",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: shop-web }\nspec: { containers: [{ name: web, image: \"shop/web:1.0\" }] }\n";

    KUSTOMIZATION = "CS1104", "what a kustomization becomes, not the kustomization", "\
A kustomization says how objects are made of files. `kubectl kustomize DIR` prints them.",
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [web.yaml]\n",
    POD;

    FIELD = "CS1105", "what the Kubernetes API takes", "\
What is kept of an object must be what the API server would take: values of the right type, and the fields that it insists on. A patch \
has only some of them: build it with what it patches.",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  replicas: three\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  replicas: 3\n  selector: { matchLabels: { app: web } }\n  \
     template:\n    metadata: { labels: { app: web } }\n    spec: { containers: [{ name: web, image: \"shop/web:1.0\" }] }\n";

    TWICE = "CS1106", "each object once", "\
Two objects of one kind, namespace and name could not be told apart. Two states of one cluster, or two overlays of one base, are imported \
each by itself.",
    "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---\n\
     apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n",
    "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";

    NODES = "CS1107", "nodes to run on", "\
Manifests say nothing of nodes. `--nodes 3xm5.xlarge --zones us-east-1a,us-east-1b,us-east-1c` gives them some, dealt over the zones; or \
`kubectl get nodes -o yaml` of the cluster is imported with them.",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: web }\n\
     spec: { containers: [{ name: web, image: \"shop/web:1.0\" }] }\n# no nodes\n",
    POD;

    NOTHING = "CS1108", "something that is simulated", "\
A scenario needs something to run: nodes, workloads, pods. What is not simulated is left out, and then nothing may be \
left.",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { colour: blue }\n",
    POD;

    FLAG = "CS1109", "flags that mean something", "\
`--nodes` takes COUNTxTYPE, as in `3xm5.xlarge`, several with commas between them, and only where no nodes are read; `--zones` takes names; \
`--version` a minor version of Kubernetes.",
    "# --nodes three\n",
    POD;
}

/// All rules of what is imported, by number.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    ALL.iter().copied()
}

/// The rule of a code, as a message shows it in brackets; letters and zeros in front may be missing.
///
/// ```
/// assert_eq!(cloudsim_import::explain("cs1107").map(|rule| rule.title), Some("nodes to run on"));
/// ```
#[must_use]
pub fn explain(code: &str) -> Option<&'static Rule> {
    let start = code.get(..2).filter(|start| start.eq_ignore_ascii_case("cs"));
    let number: u32 = start.map_or(code, |_| &code[2..]).parse().ok()?;
    rules().find(|rule| rule.code[2..].parse() == Ok(number))
}

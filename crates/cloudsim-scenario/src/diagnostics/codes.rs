//! The rules of reading: files, syntax, types, values, names, overrides.

use super::Rule;
use crate::examples::Example;
use crate::files::MemoryFiles;

macro_rules! rules {
    ($($name:ident = $code:literal, $title:literal, $page:literal, $example:expr;)+) => {
        $(pub(crate) static $name: Rule =
            Rule { code: $code, title: $title, page: $page, example: $example };)+
        /// All of them, by number.
        pub(crate) static ALL: &[&Rule] = &[$(&$name),+];
    };
}

rules! {
    FILE = "CS0001", "a file that can be read", "\
A scenario is looked for as given, then with `.ron` added, then among the scenarios that come with cloudsim. An included \
file is looked for in the folder of the file that includes it, then among the worlds that come with cloudsim. Folders, \
devices and pipes are no files: reading them might never end.",
    Example::File {
        wrong: br#"(version: 1, name: "example", duration: "10m", include: ["worlds/two-zone-blok.ron"])"#,
        right: r#"(version: 1, name: "example", duration: "10m", include: ["worlds/two-zone-blog.ron"])"#,
    };

    TOO_LARGE = "CS0002", "files within 16 MiB", "\
All files of a scenario together have at most 16 MiB. Larger ones are refused before they are read.",
    Example::Made {
        what: "A file of blanks that has 16 MiB and one byte",
        files: || MemoryFiles::from([("example.ron", " ".repeat((16 << 20) + 1))]),
    };

    NOT_UTF8 = "CS0003", "a text in UTF-8", "\
RON is text in UTF-8. The place is that of the first byte that is not.",
    Example::File {
        wrong: b"(version: 1, name: \"caf\xe9\", duration: \"10m\")",
        right: "(version: 1, name: \"café\", duration: \"10m\")",
    };

    SYNTAX = "CS0004", "a text in RON", "\
Scenarios are RON: structs in parentheses, lists in brackets, maps in braces, texts in double quotes, `//` and `/* */` \
for comments. Brackets are nested at most 64 deep, a pair of them holds at most 2,000 parts (nodes, pods and \
objects of Kubernetes may be more), and all files together 750,000 values. A \
syntax error stops the reading of its file; other problems are reported all at once.",
    Example::File {
        wrong: br#"(version: 1, name: "example", duration: 10m)"#,
        right: r#"(version: 1, name: "example", duration: "10m")"#,
    };

    NOT_A_STRUCT = "CS0005", "a scenario is a struct", "\
A scenario or a world is one struct without a name: `( version: 1, name: \"…\", … )`.",
    Example::File {
        wrong: br#"[(version: 1, name: "example", duration: "10m")]"#,
        right: r#"(version: 1, name: "example", duration: "10m")"#,
    };

    VERSION = "CS0006", "a known version of the language", "\
`version: 1` says which language the file is written in, so that it reads the same after the language has changed. \
This program knows version 1 alone. A file of another version is refused as a whole: what else stands in it may mean \
something else.",
    Example::File {
        wrong: br#"(version: 2, name: "example", duration: "10m")"#,
        right: r#"(version: 1, name: "example", duration: "10m")"#,
    };

    INCLUDE = "CS0007", "an include within its folder", "\
Includes are paths relative to the folder of the including file. They must stay within the nearest folder upwards that \
holds a `cloudsim.toml` (else the folder of the scenario itself), symbolic links included: a scenario from elsewhere \
cannot read files that it was not given.",
    Example::File {
        wrong: br#"(version: 1, name: "example", duration: "10m", include: ["/srv/worlds/two-zone-blog.ron"])"#,
        right: r#"(version: 1, name: "example", duration: "10m", include: ["worlds/two-zone-blog.ron"])"#,
    };

    INCLUDE_CYCLE = "CS0008", "no file includes itself", "\
A file that includes itself, directly or through others, has no end.",
    Example::File {
        wrong: br#"(version: 1, name: "example", duration: "10m", include: ["example.ron"])"#,
        right: r#"(version: 1, name: "example", duration: "10m", include: ["worlds/two-zone-blog.ron"])"#,
    };

    INCLUDE_COUNT = "CS0009", "at most 100 files, 8 deep", "\
Includes may be 8 levels deep and 100 files in all.",
    Example::Made {
        what: "A file that includes another, which includes another, and so on over nine levels",
        files: || {
            let mut files = MemoryFiles::from([("example.ron", "(version: 1, include: [\"1.ron\"])")]);
            for level in 1..=9 {
                files.insert(format!("{level}.ron"), format!("(include: [\"{}.ron\"])", level + 1));
            }
            files
        },
    };

    UNKNOWN_FIELD = "CS0010", "known fields only", "\
A field that the language does not have is an error: a misspelt setting would otherwise be ignored in silence.",
    Example::Fields {
        wrong: r#"clients: [(name: "visitor", timeuot: "5s")],"#,
        right: r#"clients: [(name: "visitor", timeout: "5s")],"#,
    };

    MISSING_FIELD = "CS0011", "required fields are given", "\
Fields without a documented default must be written.",
    Example::Fields {
        wrong: r#"zones: [(name: "z")],"#,
        right: r#"zones: [(name: "z", region: "eu-west-1")],"#,
    };

    WRONG_TYPE = "CS0012", "a value of the right type", "\
Durations, sizes, rates, shares and addresses are texts in double quotes with a unit; counts are plain numbers.",
    Example::Fields {
        wrong: r#"clients: [(name: "visitor", timeout: 5)],"#,
        right: r#"clients: [(name: "visitor", timeout: "5s")],"#,
    };

    UNKNOWN_VARIANT = "CS0013", "a known kind", "\
Where one of several kinds is asked for, its name is written without quotes: `engine: MySql`.",
    Example::Fields {
        wrong: r#"set: { "databases.posts.engine": PostgreSQL },"#,
        right: r#"set: { "databases.posts.engine": PostgreSql },"#,
    };

    DUPLICATE_FIELD = "CS0014", "each field once", "\
A field that is given twice has no clear value.",
    Example::Fields {
        wrong: r#"clients: [(name: "visitor", timeout: "5s", timeout: "6s")],"#,
        right: r#"clients: [(name: "visitor", timeout: "5s")],"#,
    };

    DUPLICATE_NAME = "CS0015", "names are unique within a kind", "\
Settings, faults and results name things; two things of a kind with one name could not be told apart. Lists of all \
included files are joined, so the two may stand in different files.",
    Example::Fields {
        wrong: r#"clients: [(name: "reader", timeout: "5s")],"#,
        right: r#"clients: [(name: "visitor", timeout: "5s")],"#,
    };

    VALUE = "CS0016", "a value with a unit", "\
Durations read `250ms`, `30s`, `1m30s`, `2h`; sizes `512B`, `30KiB`, `100GiB`; rates `1000/s`; shares `99.9%`; address \
ranges `10.0.0.0/16`; money in dollars `1234.50`.",
    Example::Fields {
        wrong: r#"clients: [(name: "visitor", timeout: "5")],"#,
        right: r#"clients: [(name: "visitor", timeout: "5s")],"#,
    };

    RANGE = "CS0017", "a value within its limits", "\
AWS refuses values outside of the documented range, so the simulator does too. Where no vendor sets a limit, the limit \
keeps a run within memory and time.",
    Example::Fields {
        wrong: r#"set: { "target_groups.writers.interval": "4s" },"#,
        right: r#"set: { "target_groups.writers.interval": "5s" },"#,
    };

    UNKNOWN_NAME = "CS0018", "references to things that exist", "\
A reference names a thing of one kind by its `name`. Files may be included in any order; a thing may be used before it is \
defined.",
    Example::Fields {
        wrong: r#"set: { "classes.read.client": "raeder" },"#,
        right: r#"set: { "classes.read.client": "reader" },"#,
    };

    NAME = "CS0019", "a usable name", "\
A name is not empty, at most 255 bytes long, and has no white space, control characters, `=`, `@` or `+`: it must work in \
`--set`, in `--fault`, in `--do` and in tables.",
    Example::Fields {
        wrong: r#"clients: [(name: "a visitor")],"#,
        right: r#"clients: [(name: "visitor")],"#,
    };

    SET = "CS0020", "a setting that can be set", "\
`--set kind.name.field=value` names a thing by its name; `--set duration=10m` sets a field of the scenario itself. The \
value is RON; anything that is not RON counts as text, so that `interval=15s` needs no quotes. The `set` fields of all files \
hold at most 500 settings, and so does the command line, faults and interventions included.",
    Example::Flag {
        flag: "--set",
        wrong: "target_groups.fronted.interval=15s",
        right: "target_groups.frontend.interval=15s",
    };

    FAULT_FLAG = "CS0021", "a fault in short", "\
`--fault KIND:TARGET@AT[+LASTS]`, where KIND is `zone`, `region`, `partition`, `host`, `process`, `nat`, `rds` or `standby`; or a fault as a \
scenario writes it: `--fault 'ZonePowerLoss(zone: \"a\", at: \"5m\")'`.",
    Example::Flag {
        flag: "--fault",
        wrong: "zone:b",
        right: "zone:b@5m",
    };

    DO_FLAG = "CS0022", "an intervention in words", "\
`--do \"T: ACTION KIND/NAME\"` says what an operator does at a time, after everything else of that instant: \
`failover database/NAME`, `promote replica/NAME`, `shift-away zone/NAME`, `shift-back zone/NAME`, `scale group/NAME N`, \
`restart instance/NAME` and `terminate instance/NAME`. In a cluster: `cordon node/NAME`, `uncordon node/NAME`, `drain node/NAME`, `out-of-service node/NAME`, \
`scale KIND/NAMESPACE/NAME N` and `restart KIND/NAMESPACE/NAME` of a `deployment`, a `statefulset` and the like. Kinds are called as \
`get` calls them.",
    Example::Flag {
        flag: "--do",
        wrong: "4m: fail-over database/orders",
        right: "4m: failover database/orders",
    };

    API = "CS0023", "what the Kubernetes API takes", "\
`spec` of a Kubernetes object is the API's own, with its own fields, and holds what the API server would take. What it would \
refuse is an error here too, at the place that it would name.",
    Example::Fields {
        wrong: r#"
            clusters: [(name: "shop")],
            deployments: [(name: "web", spec: (
                replicas: -1,
                selector: (matchLabels: { "app": "web" }),
                template: (
                    metadata: (labels: { "app": "web" }),
                    spec: (containers: [(name: "web", image: "shop/web:1.0")]),
                ),
            ))],
            nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
        "#,
        right: r#"
            clusters: [(name: "shop")],
            deployments: [(name: "web", spec: (
                replicas: 2,
                selector: (matchLabels: { "app": "web" }),
                template: (
                    metadata: (labels: { "app": "web" }),
                    spec: (containers: [(name: "web", image: "shop/web:1.0")]),
                ),
            ))],
            nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
        "#,
    };

    CLUSTER = "CS0024", "what is in a cluster has one", "\
Nodes, workloads and whatever else Kubernetes has are in a cluster. Where there is one alone, nobody needs to name it.",
    Example::Fields {
        wrong: r#"nodes: [(name: "one", zone: "x", instance_type: "m5.large")],"#,
        right: r#"
            clusters: [(name: "shop")],
            nodes: [(name: "one", zone: "x", instance_type: "m5.large")],
        "#,
    };
}

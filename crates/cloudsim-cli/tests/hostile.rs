//! Input that means harm, through the program itself: it is refused with exit code 2, with its place and the limit, within
//! two seconds of processor time and 256 MiB, and nothing of it reaches the terminal unescaped.
//!
//! `INSTA_UPDATE=always cargo test -p cloudsim-cli --test hostile` writes the messages anew; read the difference before it is
//! kept.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs a program with 2 s of processor time, which does not depend on what else the machine does, with 256 MiB of memory,
/// and with an end after 30 s for one that waits.
const LIMITED: &str = "ulimit -c 0; ulimit -t 2; ulimit -d 262144; exec timeout 30 \"$@\"";

/// The start of a scenario that is right so far.
const HEAD: &str = r#"version: 1, name: "x", duration: "1m""#;

/// Cases of one theme, in a folder of their own.
struct Cases {
    folder: tempfile::TempDir,
    /// Each case with everything that the program said.
    shown: String,
}

impl Cases {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), shown: String::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new("sh")
            .args(["-c", LIMITED, "sh", env!("CARGO_BIN_EXE_cloudsim")])
            .args(args)
            .current_dir(self.folder.path())
            // Each thread has a stack, so on a machine with many processors threads alone would fill the memory.
            .env("TOKIO_WORKER_THREADS", "2")
            .output()
            .expect("a shell")
    }

    /// The program refuses its input, and what it says is kept.
    fn refuses(&mut self, title: &str, args: &[&str]) {
        let output = self.run(args);
        let said = inert(title, &output.stderr);
        assert_eq!(output.status.code(), Some(2), "{title}: {} {said}", output.status);
        assert!(output.stdout.is_empty(), "{title} is refused, and yet has a result");
        assert!(said.len() < 20_000, "{title}: {} bytes", said.len());
        let _ = writeln!(self.shown, "# {title}\n{}\n", said.trim_end());
    }

    /// A scenario of that text is refused.
    fn refuses_text(&mut self, title: &str, text: impl AsRef<[u8]>) {
        self.file("mine.ron", text);
        self.refuses(title, &["check", "mine.ron"]);
    }

    /// A scenario that starts right and goes on with that text is refused.
    fn refuses_part(&mut self, title: &str, part: &str) {
        self.refuses_text(title, format!("({HEAD}, {part})"));
    }
}

/// What was printed, which nobody has to fear: no panic, nothing that a terminal obeys or that reorders text.
fn inert(title: &str, printed: &[u8]) -> String {
    let text = String::from_utf8(printed.to_vec()).expect("text");
    assert!(!text.contains("panicked"), "{title}: {text}");
    let live = |c: char| {
        c != '\n' && (c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'))
    };
    assert!(!text.contains(live), "{title}: {text:?}");
    text
}

/// So many items, made from their numbers.
fn many(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(", ")
}

#[test]
fn files_of_any_size_and_kind_are_refused_or_read() {
    let mut cases = Cases::new();
    std::fs::File::create(cases.path("sparse.ron"))
        .and_then(|file| file.set_len(3 << 30))
        .expect("a sparse file");
    cases.refuses("3 GiB of nothing", &["check", "sparse.ron"]);
    cases.refuses("a device without an end", &["check", "/dev/zero"]);
    let made = Command::new("mkfifo").arg(cases.path("pipe.ron")).status().expect("mkfifo of coreutils");
    assert!(made.success());
    cases.refuses("a pipe that nobody writes to", &["run", "pipe.ron"]);
    std::fs::create_dir(cases.path("folder")).expect("a folder");
    cases.refuses("a folder", &["test", "folder"]);
    cases.refuses("nothing", &["check-determinism", "nothing"]);
    cases.refuses_part("a pipe as an include", "include: [\"pipe.ron\"]");
    cases.refuses_text("an empty file", "");
    cases.refuses_text("text in 16 bits", [0xff, 0xfe, b'(', 0, b')', 0]);
    cases.refuses_text("a zero byte", "(version: 1\0)");
    cases.refuses_text("bytes that are no text", b"(version: 1, name: \"\xff\")");
    cases.refuses_part(
        "a line of 10 MiB, wrong at its end",
        &format!("/*{}*/ zone: []", "x".repeat(10 << 20)),
    );
    cases.refuses_part("a word of 10 MiB", &format!("{}: 1", "x".repeat(10 << 20)));
    cases.refuses_part("a number of 10 MiB", &format!("seed: {}", "9".repeat(10 << 20)));
    cases.refuses_part("a duration of 10 MiB", &format!("warm_up: \"{}s\"", "9".repeat(10 << 20)));
    cases.refuses_part("a name of 1 MiB", &format!("regions: [(name: \"{}\")]", "r".repeat(1 << 20)));
    cases.refuses_part(
        "a reference of 10 MiB",
        &format!("regions: [(name: \"r\")], zones: [(name: \"a\", region: \"{}\")]", "r".repeat(10 << 20)),
    );
    cases.file("half.ron", format!("(/*{}*/)", "x".repeat(9 << 20)));
    cases
        .refuses_part("two files of 9 MiB", &format!("include: [\"half.ron\"], /*{}*/", "x".repeat(9 << 20)));
    insta::assert_snapshot!("size_and_kind", cases.shown);

    // Where there is such a thing, it never says that it is at its end.
    let endless = cases.run(&["check", "/proc/kmsg"]);
    assert_eq!(endless.status.code(), Some(2), "{}", endless.status);

    // A mark of byte order, ends of lines from elsewhere and 15 MiB of comments are fine.
    cases.file("fine.ron", format!("\u{feff}({HEAD},\r\n/*{}*/)", "x".repeat(15 << 20)));
    let fine = cases.run(&["check", "fine.ron"]);
    assert_eq!(String::from_utf8_lossy(&fine.stdout), "fine.ron is right\n");
}

#[test]
fn structures_of_any_depth_and_breadth_are_refused() {
    let mut cases = Cases::new();
    for open in ["[", "(", "{", "a(", "(a:", "{0:", "[Some(", "/*"] {
        cases.refuses_text(&format!("100,000 times `{open}`"), open.repeat(100_000));
    }
    cases.refuses_part("a million fields", &many(1_000_000, |number| format!("k{number}: 1")));
    cases.refuses_part("a million times one field", &many(1_000_000, |_| "k: 1".into()));
    cases.refuses_part(
        "a million entries",
        &format!("set: {{{}}}", many(1_000_000, |number| format!("\"k{number}\": 1"))),
    );
    cases.refuses_part("a million items", &format!("zones: [{}]", "1,".repeat(1_000_000)));
    cases.refuses_part(
        "a million items within an item",
        &format!("zones: [(name: [{}])]", "1,".repeat(1_000_000)),
    );
    let wide = format!("[{}]", "1,".repeat(1_990));
    cases.refuses_part(
        "four million values, 2,000 in each list",
        &format!("zones: [{}]", many(1_990, |_| wide.clone())),
    );
    cases.refuses_part("a text of 16 MiB", &format!("seed: \"{}\"", "x".repeat((16 << 20) - 64)));
    for number in 0..3 {
        cases.file(
            &format!("zones{number}.ron"),
            format!(
                "(zones: [{}])",
                many(1_000, |item| format!("(name: \"{number}-{item}\", region: \"r\")"))
            ),
        );
    }
    cases.refuses_part(
        "3,000 zones in three files",
        "include: [\"zones0.ron\", \"zones1.ron\", \"zones2.ron\"]",
    );
    insta::assert_snapshot!("structure", cases.shown);
}

#[test]
fn thousands_of_mistakes_are_told_as_two_hundred() {
    let cases = Cases::new();
    let zones = format!(
        "regions: [(name: \"r\")], zones: [{}]",
        many(1_990, |number| format!("(name: \"z{number}\", region: \"r\")"))
    );
    for (title, part) in [
        (
            "one field 1,900 times in each of 60 items",
            format!("zones: [{}]", many(60, |_| format!("({})", many(1_900, |_| "k: 1".into())))),
        ),
        (
            "1,900 unknown fields in each of 60 items",
            format!(
                "zones: [{}]",
                many(60, |_| format!("({})", many(1_900, |number| format!("k{number}: 1"))))
            ),
        ),
        (
            "wrong types in all of 1,990 items",
            format!("zones: [{}]", many(1_990, |_| format!("(name: [{}])", "1,".repeat(100)))),
        ),
        (
            "wrong weights in each of 100 mixes",
            format!(
                "traffic: [{}]",
                many(100, |mix| format!(
                    "OpenLoop(name: \"t{mix}\", rate: \"1/s\", mix: {{{}}})",
                    many(900, |entry| format!("\"c{entry}\": \"x\""))
                ))
            ),
        ),
        (
            "references like all of 1,990 long names",
            format!(
                "regions: [{}], zones: [{}]",
                many(1_990, |number| format!("(name: \"{}{number}\")", "r".repeat(240))),
                many(1_990, |number| format!(
                    "(name: \"z{number}\", region: \"{}x{number}\")",
                    "r".repeat(240)
                ))
            ),
        ),
        (
            "490 settings of things that are not there",
            format!("{zones}, set: {{{}}}", many(490, |number| format!("\"zones.q{number}.region\": \"r\""))),
        ),
        (
            "1,990 mistakes behind 15 MiB on one line",
            format!("/*{}*/ zones: [{}]", "x".repeat(15 << 20), many(1_990, |_| "(nam: 1)".into())),
        ),
        (
            "1,990 mistakes behind 15 Mi lines",
            format!("/*{}*/ zones: [{}]", "\n".repeat(15 << 20), many(1_990, |_| "(nam: 1)".into())),
        ),
        (
            "faults of 1,990 unknown instances",
            format!(
                "faults: [{}]",
                many(1_990, |number| format!("HostDeath(instance: \"q{number}\", at: \"5s\")"))
            ),
        ),
    ] {
        cases.file("mine.ron", format!("({HEAD}, {part})"));
        let output = cases.run(&["check", "mine.ron"]);
        let said = inert(title, &output.stderr);
        assert_eq!(output.status.code(), Some(2), "{title}: {} {said}", output.status);
        assert_eq!(said.matches("error[CS").count(), 200, "{title}: {said}");
        assert!(said.contains("… and ") && said.contains("mine.ron cannot be run: "), "{title}: {said}");
    }
}

/// Gives the same value to many settings of the flagship; each is refused.
fn refuses_everywhere(cases: &mut Cases, value: &str, places: &[&str]) {
    let settings: Vec<String> = places.iter().map(|place| place.replace('$', value)).collect();
    let mut args = vec!["check", "az-a-outage.ron"];
    args.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    cases.refuses(&format!("{value} everywhere"), &args);
    let said = cases.shown.rsplit("# ").next().unwrap_or_default();
    for setting in &settings {
        assert!(said.contains(&format!("--> --set {setting}\n")), "{setting} passes: {said}");
    }
}

#[test]
fn numbers_out_of_their_ranges_are_refused_in_every_place() {
    let mut cases = Cases::new();
    let counts = [
        "seed=$",
        "load_balancers.frontend-alb.listeners.443.port=$",
        "target_groups.frontend.healthy_threshold=$",
        "target_groups.frontend.port=$",
        "auto_scaling_groups.frontend.desired=$",
        "auto_scaling_groups.backend.max=$",
        "auto_scaling_groups.backend.server.workers=$",
        "auto_scaling_groups.backend.server.connections_max=$",
        "databases.orders.workers=$",
        "endpoints.payments.port=$",
        "clients.browser.tries=$",
        "clients.browser.resolvers=(count: $)",
        "traffic.visitors.mix.browse=$",
    ];
    for value in ["NaN", "inf", "-inf", "-0.0", "-1", "0.5", "1e308", "18446744073709551616", "\"8\""] {
        refuses_everywhere(&mut cases, value, &counts);
    }
    // A seed may be any of 64 bits.
    refuses_everywhere(&mut cases, "18446744073709551615", &counts[1..]);
    let spans = [
        "duration=\"$\"",
        "warm_up=\"$\"",
        "latencies.within_zone=\"$\"",
        "target_groups.frontend.interval=\"$\"",
        "target_groups.frontend.timeout=\"$\"",
        "load_balancers.frontend-alb.idle_timeout=\"$\"",
        "auto_scaling_groups.frontend.grace_period=\"$\"",
        "auto_scaling_groups.backend.server.launch=Constant(\"$\")",
        "auto_scaling_groups.backend.server.start=Uniform(\"1s\", \"$\")",
        "databases.orders.log_shipping=\"$\"",
        "databases.orders.fsync=LogNormal(median: \"1ms\", p95: \"$\")",
        "databases.orders.dns_ttl=\"$\"",
        "clients.browser.connect_timeout=\"$\"",
        "clients.browser.backoff=(base: \"$\")",
        "classes.browse.handlers.frontend.work=Exponential(\"$\")",
        "endpoints.payments.response=Constant(\"$\")",
        "services.web.stable_for=\"$\"",
        "faults.a-dark.at=\"$\"",
        "faults.a-dark.lasts=\"$\"",
        "objectives.rto-web.at_most=\"$\"",
    ];
    for value in
        ["nan", "inf", "-1s", "-0s", "1e308s", "999999999y", "999999999d", "18446744073709551615ns", "3651d"]
    {
        refuses_everywhere(&mut cases, value, &spans);
    }
    let others = [
        "databases.orders.storage=\"$\"",
        "classes.browse.response_size=\"$\"",
        "databases.orders.replay_per_second=\"$\"",
        "traffic.visitors.rate=\"$\"",
        "endpoints.payments.error_rate=\"$\"",
        "endpoints.payments.address=\"$\"",
        "vpcs.main.cidr=\"$\"",
        "objectives.availability-web.at_least=\"$\"",
    ];
    for value in [
        "NaN",
        "-1",
        "1e308",
        "101%",
        "18446744073709551616TiB",
        "99999999999999999/s",
        "10.0.0.0/33",
        "256.0.0.1",
    ] {
        refuses_everywhere(&mut cases, value, &others);
    }
    let flagship = |set| ["check", "az-a-outage.ron", "--set", set];
    for (title, set) in [
        ("10^12 instances", "auto_scaling_groups.frontend.desired=1000000000000"),
        ("a billion requests", "traffic.visitors.rate=1000000/s"),
        ("a billion probes", "duration=365d"),
        ("a million requests at once", "clients.browser.timeout=1h"),
        ("an interval of zero", "target_groups.frontend.interval=0s"),
        ("no time at all", "duration=0s"),
        ("a percentile that is no number", "objectives.latency-web-p50.percentile=NaN"),
        ("a percentile of 100", "objectives.latency-web-p50.percentile=100"),
        ("a distribution without an end", "databases.orders.fsync=LogNormal(median: \"1ns\", p95: \"365d\")"),
        ("a response of a pebibyte", "classes.browse.response_size=1024TiB"),
        ("a rate of a million a nanosecond", "traffic.visitors.rate=100000000000000000/s"),
    ] {
        cases.refuses(title, &flagship(set));
    }
    insta::assert_snapshot!("numbers", cases.shown);
}

#[test]
fn includes_and_references_that_lead_nowhere_or_in_circles_are_refused() {
    let mut cases = Cases::new();
    cases.refuses_part("a file that includes itself", "include: [\"mine.ron\"]");
    cases.file("one.ron", "(include: [\"two.ron\"])");
    cases.file("two.ron", "(include: [\"one.ron\"])");
    cases.refuses("two files that include each other", &["check", "one.ron"]);
    cases.refuses_part("a step out of the folder", "include: [\"../../../etc/passwd\"]");
    cases.refuses_part("an absolute path", "include: [\"/etc/passwd\"]");
    std::os::unix::fs::symlink("/etc/passwd", cases.path("link.ron")).expect("a link");
    cases.refuses_part("a link out of the folder", "include: [\"link.ron\"]");
    std::os::unix::fs::symlink("loop.ron", cases.path("loop.ron")).expect("a link");
    cases.refuses_part("a link to itself", "include: [\"loop.ron\"]");
    cases.refuses_part(
        "1,000 includes",
        &format!("include: [{}]", many(1_000, |number| format!("\"{number}.ron\""))),
    );
    for number in 0..12 {
        cases.file(&format!("deep{number}.ron"), format!("(include: [\"deep{}.ron\"])", number + 1));
    }
    cases.refuses("12 levels", &["check", "deep0.ron"]);
    for number in 0..120 {
        cases.file(&format!("wide{number}.ron"), "()");
    }
    cases.file("half.ron", format!("(include: [{}])", many(60, |number| format!("\"wide{number}.ron\""))));
    let rest = many(60, |number| format!("\"wide{}.ron\"", number + 60));
    cases.refuses_part("121 files", &format!("include: [\"half.ron\", {rest}]"));
    cases.refuses_part("an include that is no text", "include: [5]");
    cases.refuses_part("a zero byte in a path", "include: [\"a\\0.ron\"]");
    cases.refuses_part(
        "dangling names",
        "zones: [(name: \"a\", region: \"r\")], services: [(name: \"s\", classes: [\"c\"])]",
    );
    cases.refuses_part(
        "duplicate names",
        "regions: [(name: \"r\"), (name: \"r\")], \
         zones: [(name: \"a\", region: \"r\"), (name: \"a\", region: \"r\")]",
    );
    cases.refuses_part(
        "a set that sets itself",
        "set: { \"set\": {}, \"include\": [\"mine.ron\"], \"version\": 2 }",
    );
    cases.refuses_part(
        "an alias of an alias",
        "dns_records: [(name: \"one\", alias: \"two\"), (name: \"two\", alias: \"one\"), (name: \"own\", alias: \"own\")]",
    );
    cases.refuses(
        "a class that calls itself",
        &[
            "check",
            "az-a-outage.ron",
            "--set",
            "classes.browse.handlers.backend.calls=[Http(to: \"backend-alb\", port: 8080, timeout: \"1s\")]",
        ],
    );
    insta::assert_snapshot!("graph", cases.shown);
}

/// Texts that a terminal would obey, that reorder what stands beside them, or that are markup elsewhere.
const LIVE: &[&str] =
    &["\u{1b}[31mred", "\u{9b}31m", "\u{202e}txt", "a\r\nb", "\u{200f}", "\u{7f}", "\u{2066}x"];

#[test]
fn texts_that_steer_terminals_are_escaped_in_every_message() {
    let mut cases = Cases::new();
    for live in LIVE {
        let quoted = live.escape_unicode().to_string();
        cases.file(
            "mine.ron",
            format!(
                "(version: 1, name: \"{quoted}\", duration: \"{quoted}\", include: [\"{quoted}\"], \
                 regions: [(name: \"{quoted}\")])"
            ),
        );
        cases.refuses(&format!("{quoted} as texts"), &["check", "mine.ron"]);
        cases.file(
            "mine.ron",
            format!(
                "({HEAD}, regions: [(name: \"{quoted}\")], \
                 faults: [HostDeath(name: \"{quoted}\", instance: \"{quoted}\", at: \"{quoted}\")], \
                 objectives: [Rto(name: \"{quoted}\", service: \"{quoted}\", at_most: \"1s\")])"
            ),
        );
        cases.refuses(&format!("{quoted} as names"), &["check", "mine.ron"]);
        cases.refuses_text(
            &format!("{quoted} itself"),
            format!("({HEAD}, regions: [(name: \"{}\", {live}: 1)])", live.replace('\n', " ")),
        );
        for args in [
            &["check", live][..],
            &["run", live],
            &["test", live],
            &["check-determinism", live],
            &["explain", live],
            &["get", "zones", live],
            &["get", live, "quiet-day.ron"],
            &["get", "zones", "quiet-day.ron", "--at", live],
            &["path", live, "internet", "frontend-alb"],
            &["why", live, "apply/api"],
            &["why", "k8s-node-loss.ron", live],
            &["path", "quiet-day.ron", live, live],
            &["schema", live],
            &["completions", live],
            &[live],
            &["run", "quiet-day.ron", "--output", live],
            &["run", "quiet-day.ron", "--until", live],
            &["run", "quiet-day.ron", "--seed", live],
            &["run", "quiet-day.ron", "--fault", live],
            &["run", "quiet-day.ron", "--do", live],
            &["run", "quiet-day.ron", "--do", &format!("4m: {live}")],
            &["run", "quiet-day.ron", "--do", &format!("4m: failover db/{live}")],
            &["run", "quiet-day.ron", "--set", live],
            &["run", "quiet-day.ron", "--set", &format!("{live}=1")],
            &["run", "quiet-day.ron", "--set", &format!("duration={live}")],
            &["run", "quiet-day.ron", &format!("--{live}")],
            &["--log", &format!("[{live}"), "run", "quiet-day.ron"],
        ] {
            let title = args.join(" ").escape_unicode().to_string();
            let output = cases.run(args);
            let said = inert(&title, &output.stderr);
            assert_eq!(output.status.code(), Some(2), "{title}: {said}");
        }
    }
    insta::assert_snapshot!("text", cases.shown);
}

#[test]
fn texts_that_steer_terminals_or_pages_reach_no_result() {
    let cases = Cases::new();
    let name = "<script>|`x`";
    let file = format!("{name}\u{202e}\u{1b}[31m.ron");
    let world = r#"(
        version: 1, name: "NAME", duration: "40s", include: ["worlds/two-zone-blog.ron"],
        traffic: [OpenLoop(name: "NAME", rate: "100/s", mix: { "read": 1 })],
        faults: [ZonePowerLoss(name: "NAME", zone: "x", at: "5s"), ZonePowerLoss(name: "NAME2", zone: "y", at: "5s")],
        services: [(name: "NAME", classes: ["read"])],
        objectives: [Rto(name: "NAME", service: "NAME", at_most: "1m")],
    )"#;
    cases.file(&file, world.replace("NAME", name));
    let set =
        "databases.posts.clients=[(caching: CacheFor(\"1m\")), (/*\u{202e}\u{1b}[31m*/ caching: HonourTtl)]";
    for form in ["text", "json", "yaml", "markdown"] {
        let output = cases.run(&[
            "run",
            &file,
            "-o",
            form,
            "--set",
            set,
            "--records",
            "records.jsonl",
            "--report",
            "page.html",
            "--levers",
            "--log",
            "debug",
        ]);
        let said = inert(form, &output.stderr);
        assert_eq!(output.status.code(), Some(0), "{form}: {said}");
        let shown = inert(form, &output.stdout);
        assert!(shown.contains("script"), "{form}: {shown}");
        assert!(form != "markdown" || !shown.contains(" <script"), "{shown}");
        inert(form, &std::fs::read(cases.path("records.jsonl")).expect("records"));
        let page = inert(form, &std::fs::read(cases.path("page.html")).expect("a page"));
        // Its one script is its own.
        assert!(page.contains("&lt;script&gt;") && page.matches("<script").count() == 1, "{page}");
    }
    for args in [
        &["get", "all", &file, "--at", "10s"][..],
        &["get", "all", &file, "--at", "10s", "-o", "wide"],
        &["get", "all", &file, "--at", "10s", "-o", "json"],
        &["get", "all", &file, "--at", "10s", "-o", "yaml"],
        &["get", "all", &file, "--at", "10s", "-o", "name"],
        &["path", &file, "--matrix", "--at", "10s"],
        &["test", &file, "--until", "10s"],
        &["test", &file, "--until", "10s", "-o", "json"],
        &["test", &file, "--until", "10s", "-o", "junit"],
        &["test", &file, "--until", "10s", "-o", "github"],
        &["test", &file, "--until", "10s", "-o", "markdown"],
        &["test", &file, "--until", "10s", "-o", "sarif"],
    ] {
        let output = cases.run(args);
        inert(args[0], &output.stderr);
        let shown = inert(args[0], &output.stdout);
        assert!(!shown.is_empty() && output.status.code() != Some(2), "{args:?}: {shown}");
    }
    let failed = cases.run(&["run", "quiet-day.ron", "--until", "1s", "--records", "no\u{1b}[31mfolder/x"]);
    inert("a file of records that cannot be", &failed.stderr);
    assert_eq!(failed.status.code(), Some(1));
    let checked = cases.run(&["check", &file]);
    inert("a name that is right", &checked.stdout);
    assert_eq!(checked.status.code(), Some(0));
}

/// A small scenario, `blog.ron`.
fn blog() -> Cases {
    let cases = Cases::new();
    cases.file(
        "blog.ron",
        r#"(version: 1, name: "b", duration: "5s", include: ["worlds/two-zone-blog.ron"],
            traffic: [OpenLoop(name: "readers", rate: "100/s", mix: { "read": 1 })])"#,
    );
    cases
}

#[test]
fn scenarios_without_pauses_end_within_time_and_memory() {
    let cases = blog();
    let instant = [
        "latencies.within_zone=0s",
        "latencies.between_zones=0s",
        "clients.reader.latency=Constant(\"0s\")",
        "clients.reader.backoff=(base: \"0s\", max: \"0s\")",
        "clients.reader.tries=100",
        "classes.read.handlers.writers.work=Constant(\"0s\")",
        "classes.read.handlers.writers.calls.0.work=Constant(\"0s\")",
        "auto_scaling_groups.writers.health_check=Elb",
        "auto_scaling_groups.writers.server.launch=Constant(\"0s\")",
        "auto_scaling_groups.writers.server.start=Constant(\"0s\")",
        "databases.posts.checkpoint_interval=1ns",
        "databases.posts.log_shipping=1s",
        "databases.posts.dns_ttl=1ns",
        "databases.posts.fsync=Constant(\"0s\")",
        "services.blog.stable_for=1ns",
    ];
    let everything_at_once: Vec<&str> = instant.iter().flat_map(|set| ["--set", *set]).collect();
    let crowd = [
        "--set",
        "clients.reader.tries=100",
        "--set",
        "auto_scaling_groups.writers.server.connections_max=1",
    ];
    let dead = ["--fault", "zone:x@1s", "--fault", "zone:y@1s", "--set", "traffic.readers.rate=10000/s"];
    let replaced = [
        "--set",
        "auto_scaling_groups.writers.server.start=Constant(\"1h\")",
        "--set",
        "duration=1h",
        "--set",
        "traffic.readers.rate=1/s",
    ];
    let blinks: Vec<String> = (0..400).map(|number| format!("zone:x@{}ms+1ns", 1_000 + number)).collect();
    let blinks: Vec<&str> = blinks.iter().flat_map(|fault| ["--fault", fault.as_str()]).collect();
    for (title, more) in [
        ("nothing takes time", everything_at_once.clone()),
        ("nothing takes time and nobody answers", [&everything_at_once[..], &dead].concat()),
        ("100 tries without a pause at full servers", [&everything_at_once[..], &crowd].concat()),
        ("servers are replaced before they start", [&everything_at_once[..], &replaced].concat()),
        ("a million resolvers", vec!["--set", "clients.reader.resolvers=(count: 1000000)"]),
        (
            "490 servers",
            vec![
                "--set",
                "auto_scaling_groups.writers.max=490",
                "--set",
                "auto_scaling_groups.writers.desired=490",
                "--until",
                "1s",
            ],
        ),
        ("a zone that blinks 400 times", blinks),
        ("an end beyond all time", vec!["--until", "584d"]),
    ] {
        let output = cases.run(&[&["run", "blog.ron"][..], &more].concat());
        let said = inert(title, &output.stderr);
        assert_eq!(output.status.code(), Some(0), "{title}: {} {said}", output.status);
    }
}

#[test]
fn runs_without_measure_are_refused() {
    let mut cases = blog();
    let blinks =
        many(100_000, |number| format!("ZonePowerLoss(zone: \"x\", at: \"{number}ms\", lasts: \"1ns\")"));
    cases.refuses_part("a fault 100,000 times", &format!("faults: [{blinks}]"));
    let endpoint = |number| {
        format!("(name: \"e{number}\", address: \"203.0.113.1\", port: 443, response: Constant(\"1ms\"))")
    };
    let database = |number| {
        format!(
            "(name: \"d{number}\", engine: MySql, instance_class: \"db.t4g.small\", storage: \"20GiB\", \
             primary: \"data-x\", standby: \"data-y\")"
        )
    };
    cases.file(
        "wide.ron",
        format!(
            "({HEAD}, include: [\"worlds/two-zone-blog.ron\"], endpoints: [{}], databases: [{}])",
            many(1_990, endpoint),
            many(100, database)
        ),
    );
    cases.refuses("paths between two thousand things", &["path", "wide.ron", "--matrix"]);
    cases.refuses("a fault without a length", &["run", "blog.ron", "--fault", "zone:x@1s+0s"]);
    cases.refuses(
        "a client with a million tries",
        &["run", "blog.ron", "--set", "clients.reader.tries=1000000"],
    );
    cases.refuses(
        "ten million requests a second",
        &["run", "blog.ron", "--set", "traffic.readers.rate=10000000/s"],
    );
    let clients = "clients=[(name: \"reader\", resolvers: (count: 1000000)), (name: \"other\", resolvers: (count: 1000000))]";
    cases.refuses("two million resolvers", &["run", "blog.ron", "--set", clients]);
    cases.refuses("an interval of zero", &["run", "blog.ron", "--set", "target_groups.writers.interval=0s"]);
    cases.refuses(
        "490 servers for a year",
        &[
            "run",
            "blog.ron",
            "--set",
            "duration=365d",
            "--set",
            "auto_scaling_groups.writers.max=490",
            "--set",
            "auto_scaling_groups.writers.desired=490",
        ],
    );
    insta::assert_snapshot!("time", cases.shown);
}

#[test]
fn command_lines_without_measure_are_refused() {
    let mut cases = Cases::new();
    let long = "x".repeat(100_000);
    cases.refuses("a long name of a file", &["check", &long]);
    cases.refuses("a long setting", &["check", "quiet-day.ron", "--set", &format!("duration={long}")]);
    cases.refuses("a long name in a setting", &["check", "quiet-day.ron", "--set", &format!("{long}=1")]);
    cases.refuses("a long fault", &["check", "quiet-day.ron", "--fault", &format!("zone:{long}@5m")]);
    cases.refuses(
        "a long intervention",
        &["check", "quiet-day.ron", "--do", &format!("4m: failover db/{long}")],
    );
    cases.refuses("a long action", &["check", "quiet-day.ron", "--do", &format!("4m: {long}")]);
    cases.refuses("a long time", &["check", "quiet-day.ron", "--do", &format!("{long}: failover db/orders")]);
    cases.refuses(
        "a deep setting",
        &["check", "quiet-day.ron", "--set", &format!("faults={}", "[".repeat(100_000))],
    );
    cases.refuses("a deep fault", &["check", "quiet-day.ron", "--fault", &"Wait(".repeat(20_000)]);
    cases.refuses("a long span", &["run", "quiet-day.ron", "--until", &long]);
    cases.refuses("a long seed", &["run", "quiet-day.ron", "--seed", &"9".repeat(100_000)]);
    cases.refuses("a seed below all", &["run", "quiet-day.ron", "--seed=-1"]);
    cases.refuses("a span without an end", &["run", "quiet-day.ron", "--until", "999999999y"]);
    cases.refuses("a long code", &["explain", &long]);
    cases.refuses("a deep field", &["explain", &"a.".repeat(50_000)]);
    cases.refuses("a long number of a code", &["explain", &"9".repeat(100_000)]);
    cases.refuses("a filter that is none", &["--log", "[[[", "run", "quiet-day.ron"]);
    let many: Vec<&str> = std::iter::repeat_n(["--fault", "zone:a@5m"], 10_000).flatten().collect();
    let acts: Vec<&str> = std::iter::repeat_n(["--do", "4m: failover db/orders"], 501).flatten().collect();
    cases.refuses("501 interventions", &[&["check", "quiet-day.ron"][..], &acts].concat());
    cases.refuses("10,000 faults", &[&["check", "quiet-day.ron"][..], &many].concat());
    insta::assert_snapshot!("command_line", cases.shown);
}

//! `path`, as people and scripts use it. What it says of the shipped worlds is among the goldens.

use serde_json::Value;
use std::process::{Command, Output};

fn cloudsim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn document(args: &[&str]) -> Value {
    let output = cloudsim(&[&["path", "az-a-outage-ec2", "-o", "json"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_str(&text(&output.stdout)).expect("JSON")
}

#[test]
fn programs_get_every_hop() {
    let path = document(&["backend-server", "payments:443"]);
    assert_eq!((path["kind"].as_str(), path["reachable"].as_bool()), (Some("Path"), Some(true)));
    assert_eq!((path["from"].as_str(), path["to"].as_str()), (Some("backend-server-1"), Some("payments")));
    assert_eq!((path["via"].as_str(), path["port"].as_u64()), (Some("nat-a"), Some(443)));
    assert!(path["stopped_by"].is_null());
    let hops = path["hops"].as_array().expect("hops");
    for hop in hops {
        let keys: Vec<&String> = hop.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["direction", "at", "by", "verdict", "why"]);
        assert_eq!(hop["verdict"], "Passes");
    }
    let through_nat: Vec<&str> = hops
        .iter()
        .filter(|hop| hop["by"] == "NAT gateway")
        .filter_map(|hop| hop["direction"].as_str())
        .collect();
    assert_eq!(through_nat, ["there", "back"]);
    assert_eq!(path["others"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_is_not_reached_is_an_answer_and_no_failure() {
    let path = document(&["internet", "backend-alb:8080"]);
    assert_eq!(path["reachable"], false);
    assert_eq!(path["stopped_by"]["by"], "internet gateway");
    assert_eq!(path["stopped_by"]["verdict"], "Dropped");
    assert_eq!(path["source_ports"].to_string(), "0.000000");
    let refused = document(&[
        "frontend-alb",
        "frontend-server-1",
        "--fault",
        "process:frontend-server-1@1s",
        "--at",
        "2s",
    ]);
    assert_eq!(refused["stopped_by"]["verdict"], "Refused");
}

#[test]
fn a_matrix_has_each_pair_once() {
    let matrix = document(&["--matrix"]);
    assert_eq!(matrix["kind"], "PathMatrix");
    let pairs = matrix["pairs"].as_array().expect("pairs");
    let mut names: Vec<String> =
        pairs.iter().map(|pair| format!("{} {} {}", pair["from"], pair["to"], pair["port"])).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    // Ten ends, without themselves, and without the two outside among each other.
    assert_eq!(all, 10 * 10 - 10 - 2);
    for pair in pairs {
        let extent = pair["reaches"].as_str().expect("a word");
        assert!(["All", "Some", "None"].contains(&extent));
        assert_eq!(pair["stopped_by"].is_null(), extent == "All", "{pair}");
    }
}

#[test]
fn yaml_says_what_json_says_and_the_same_seed_the_same_bytes() {
    let ask = |form: &str| {
        let args = ["path", "az-a-outage-ec2", "internet", "frontend-alb", "--at", "5m30s", "-o", form];
        text(&cloudsim(&args).stdout)
    };
    assert!(ask("yaml").starts_with("kind: Path\n"), "{}", ask("yaml"));
    for form in ["text", "json", "yaml"] {
        assert_eq!(ask(form), ask(form));
        assert!(!ask(form).contains('\u{1b}'), "no colour where there is no terminal");
    }
}

#[test]
fn a_word_that_is_no_end_is_exit_2_with_a_hint() {
    for (args, talk) in [
        (&["path", "az-a-outage-ec2", "internet", "frontend-alp"][..], "hint: did you mean `frontend-alb`?"),
        (&["path", "az-a-outage-ec2", "internet", "nat-a"], "hint: write one, as in `nat-a:443`"),
        (
            &["path", "az-a-outage-ec2", "internet", "private-db-subnet-a"],
            "is a subnet, and no end of a path",
        ),
        (&["path", "az-a-outage-ec2", "internet"], "TO[:PORT]"),
        (&["path", "az-a-outage-ec2", "internet", "orders", "--matrix"], "cannot be used with"),
        (&["path", "az-a-outage-ec2", "internet", "orders", "--at", "31m"], "it ends at 30m"),
        (
            &["path", "az-a-outage-ec2", "internet", "orders", "--at", "-5s"],
            "`-5s` is not a duration; write a number",
        ),
        (&["get", "zones", "az-a-outage-ec2", "--at", "-5s"], "`-5s` is not a duration; write a number"),
    ] {
        let output = cloudsim(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(text(&output.stderr).contains(talk), "{args:?}: {}", text(&output.stderr));
    }
}

/// Rules for the frontends of zone a that let requests in, and these answers out.
fn tight(egress: &str) -> Vec<String> {
    let acl = format!(
        "network_acls=[(name: \"tight\", vpc: \"main\", egress: [{egress}], \
         ingress: [(rule: 100, action: Allow, ports: \"80\", cidr: \"10.0.0.0/18\")]), \
         (name: \"database\", vpc: \"main\")]"
    );
    ["--set", &acl, "--set", "subnets.private-web-subnet-a.network_acl=tight"].map(str::to_owned).to_vec()
}

/// The app subnet of zone a gets another route table than `private-a`.
fn rerouted(table: &str) -> Vec<String> {
    let nat = |zone, gateway| {
        format!(
            r#"(name: "private-{zone}", vpc: "main", routes: [(to: "0.0.0.0/0", via: NatGateway("nat-{gateway}"))])"#
        )
    };
    let tables = format!(
        r#"route_tables=[
            (name: "public", vpc: "main", routes: [(to: "0.0.0.0/0", via: InternetGateway("igw"))]), {}, {}, {},
            (name: "closed", vpc: "main"),
            (name: "black", vpc: "main", routes: [(to: "0.0.0.0/0", via: Blackhole)]),
        ]"#,
        nat("a", "a"),
        nat("b", "b"),
        nat("c", "b"),
    );
    let fault =
        format!(r#"RouteTableChange(subnets: ["private-app-subnet-a"], route_table: "{table}", at: "1s")"#);
    ["--set", &tables, "--fault", &fault].map(str::to_owned).to_vec()
}

#[test]
fn every_headline_names_what_stops_the_traffic() {
    let fault = |fault: &str| vec!["--fault".to_owned(), fault.to_owned()];
    let grey = |wrong: &str| fault(&format!("GreyZone(zone: \"a\", {wrong}, direction: Egress, at: \"1s\")"));
    let some = r#"(rule: 100, action: Allow, ports: "32768-65535", cidr: "10.0.0.0/16")"#;
    let cases = [
        ("frontend-server", "orders", vec![]),
        ("nat-a", "frontend-server", vec![]),
        ("nat-a", "orders", vec![]),
        ("frontend-alb", "frontend-server-1", tight("")),
        ("frontend-alb", "frontend-server-1", tight(some)),
        ("backend-server-1", "payments", rerouted("closed")),
        ("backend-server-1", "payments", rerouted("black")),
        ("internet", "backend-alb", vec![]),
        ("internet", "nat-a:443", vec![]),
        ("internet", "payments:80", vec![]),
        ("backend-server", "payments", fault("nat:nat-a@1s")),
        ("frontend-alb", "frontend-server-1", fault("host:frontend-server-1@1s")),
        ("frontend-alb", "frontend-server-1", fault("host:frontend-server-1@1s+500ms")),
        ("frontend-alb", "frontend-server-1", fault("process:frontend-server-1@1s")),
        ("frontend-server-1", "backend-alb", fault("host:frontend-server-1@1s")),
        ("internet", "frontend-alb/a", fault("zone:a@1s")),
        ("backend-server", "orders-2", vec![]),
        ("backend-server-1", "orders-1", fault(r#"ZonePartition(zone: "a", at: "1s")"#)),
        ("frontend-server-2", "backend-alb/a", fault(r#"ZonePartition(zone: "a", at: "1s")"#)),
        ("frontend-server-1", "backend-alb/b", grey(r#"latency: "1ms", loss: "100%""#)),
        ("internet", "frontend-alb/a", grey(r#"latency: "2s""#)),
    ];
    let mut shown = String::new();
    for (from, to, more) in cases {
        let mut args = vec!["path", "az-a-outage-ec2", from, to, "--at", "2s", "--set", "faults=[]"];
        args.extend(["--set", "traffic.visitors.rate=5/s"]);
        args.extend(more.iter().map(String::as_str));
        let output = cloudsim(&args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        let path: Value = {
            let json = cloudsim(&[&args[..], &["-o", "json"]].concat());
            serde_json::from_slice(&json.stdout).expect("JSON")
        };
        let answer = text(&output.stdout);
        let headline = answer.split("\n\n").next().unwrap_or_default();
        let plain = headline.split_whitespace().collect::<Vec<_>>().join(" ");
        for key in ["at", "by", "why"] {
            let named = path["stopped_by"][key].as_str().expect("something stops it");
            assert!(plain.contains(named), "{key} is not in {plain}");
        }
        shown += headline;
        shown.push('\n');
    }
    insta::assert_snapshot!("headlines", shown);
}

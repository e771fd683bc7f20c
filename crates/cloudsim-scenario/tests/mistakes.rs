//! What people read when something is wrong: one snapshot for each kind of mistake.

use cloudsim_scenario::{MemoryFiles, Overrides, Severity, check, load, render, shipped};

/// What is changed in a right scenario.
#[derive(Default)]
struct Mistake<'a> {
    /// More fields of the scenario.
    fields: &'a str,
    /// Texts of the world and what stands there instead.
    world: &'a [(&'a str, &'a str)],
    set: &'a [&'a str],
    faults: &'a [&'a str],
    interventions: &'a [&'a str],
    /// Whether the values of grids are tried.
    values: bool,
}

impl Mistake<'_> {
    /// All that is said about it.
    fn shown(&self) -> String {
        let mut world = shipped("worlds/two-zone-blog.ron").expect("it is shipped").to_owned();
        for (from, to) in self.world {
            assert!(world.contains(from), "{from}");
            world = world.replacen(from, to, 1);
        }
        let traffic = "traffic: [OpenLoop(name: \"readers\", rate: \"100/s\", mix: { \"read\": 1 })],";
        let traffic = if self.fields.contains("traffic:") { "" } else { traffic };
        let root = format!(
            "(\n    version: 1, name: \"mine\", duration: \"10m\", warm_up: \"1m\",\n    include: [\"worlds/blog.ron\"],\n    \
             {traffic}\n    {}\n)\n",
            self.fields
        );
        self.load(&root, &world)
    }

    fn load(&self, root: &str, world: &str) -> String {
        let files = MemoryFiles::from([("mine/scenario.ron", root), ("mine/worlds/blog.ron", world)]);
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let overrides = Overrides {
            set: owned(self.set),
            faults: owned(self.faults),
            interventions: owned(self.interventions),
            ..Overrides::default()
        };
        let read = if self.values { check } else { load };
        match read(&files, "mine/scenario.ron", &overrides) {
            Ok(loaded) => {
                assert!(loaded.warnings.iter().all(|problem| problem.severity != Severity::Error));
                let shown = loaded.warnings.iter().map(|problem| render(problem, &loaded.sources, false));
                shown.collect::<Vec<_>>().join("\n")
            }
            Err(problems) => problems.to_string(),
        }
    }
}

fn world(changes: &[(&str, &str)]) -> String {
    Mistake { world: changes, ..Mistake::default() }.shown()
}

fn checked(fields: &str) -> String {
    Mistake { fields, values: true, ..Mistake::default() }.shown()
}

fn fields(fields: &str) -> String {
    Mistake { fields, ..Mistake::default() }.shown()
}

fn set(set: &[&str]) -> String {
    Mistake { set, ..Mistake::default() }.shown()
}

fn fault(fault: &str) -> String {
    Mistake { faults: &[fault], ..Mistake::default() }.shown()
}

#[test]
fn a_right_scenario_is_met_with_silence() {
    assert_eq!(Mistake::default().shown(), "");
}

#[test]
fn five_mistakes_in_one_file_are_all_told() {
    insta::assert_snapshot!(world(&[
        ("interval: \"5s\"", "intervall: \"7s\""),
        ("cidr: \"172.16.1.0/24\"", "cidr: \"172.16.1.7/24\""),
        ("zone: \"x\", cidr: \"172.16.2.0/24\"", "zone: \"z\", cidr: \"172.16.2.0/24\""),
        ("subnets: [\"front-x\", \"front-y\"]", "subnets: [\"front-x\"]"),
        ("engine: PostgreSql", "engine: PostgreSQL"),
        ("timeout: \"1s\"", "timeout: 1"),
    ]));
}

#[test]
fn a_file_with_eight_mistakes_is_met_with_eight_problems_each_at_its_place() {
    let text = include_str!("eight-mistakes.ron");
    let files = MemoryFiles::from([("eight-mistakes.ron", text)]);
    let problems = load(&files, "eight-mistakes.ron", &Overrides::default()).expect_err("eight mistakes");
    assert_eq!(problems.problems.len(), 8, "{problems}");
    insta::assert_snapshot!("eight_mistakes", problems.to_string());
}

#[test]
fn syntax() {
    insta::assert_snapshot!(
        "a_bracket_is_not_closed",
        world(&[("(name: \"y\", region: \"eu-west-1\")],", "(name: \"y\",")])
    );
    insta::assert_snapshot!("a_comma_is_missing", world(&[("workers: 2,", "workers: 2")]));
    insta::assert_snapshot!("a_unit_without_quotes", world(&[("interval: \"5s\"", "interval: 5s")]));
    insta::assert_snapshot!("a_text_without_an_end", world(&[("name: \"reader\"", "name: \"reader")]));
    insta::assert_snapshot!("a_field_without_a_name", world(&[("port: 8000,", "8000,")]));
    insta::assert_snapshot!(
        "an_extension",
        Mistake::default().load("#![enable(unwrap_newtypes)]\n(version: 1)", "()")
    );
    insta::assert_snapshot!("no_struct", Mistake::default().load("[1, 2]", "()"));
    insta::assert_snapshot!("an_empty_file", Mistake::default().load("", "()"));
}

#[test]
fn the_scenario_itself() {
    insta::assert_snapshot!("no_version", Mistake::default().load("(name: \"x\", duration: \"1m\")", "()"));
    insta::assert_snapshot!(
        "another_version",
        Mistake::default().load("(version: 2, name: \"x\", duration: \"1m\")", "()")
    );
    insta::assert_snapshot!(
        "a_version_in_quotes",
        Mistake::default().load("(version: \"1.0\", name: \"x\", duration: \"1m\")", "()")
    );
    insta::assert_snapshot!(
        "a_world_of_another_version",
        Mistake::default().load(
            "(version: 1, name: \"x\", duration: \"1m\", include: [\"worlds/blog.ron\"])",
            "(version: 2, what_version_2_has: [], zones: 7)"
        )
    );
    insta::assert_snapshot!(
        "a_world_is_no_scenario",
        Mistake::default().load("(version: 1, zones: [])", "()")
    );
    insta::assert_snapshot!("an_unknown_kind", fields("fault: []"));
    insta::assert_snapshot!(
        "a_kind_that_is_no_list",
        fields("faults: ZonePowerLoss(zone: \"x\", at: \"5m\")")
    );
    insta::assert_snapshot!("a_field_twice", fields("seed: 1, seed: 2"));
    insta::assert_snapshot!(
        "too_many_requests",
        fields("traffic: [OpenLoop(name: \"a\", rate: \"1000000/s\", mix: { \"read\": 1 })]")
    );
    insta::assert_snapshot!("nothing_is_measured", set(&["warm_up=10m"]));
    insta::assert_snapshot!("no_length", set(&["duration=0s"]));
}

#[test]
fn includes() {
    insta::assert_snapshot!(
        "an_include_leads_out",
        Mistake::default().load("(version: 1, include: [\"../a.ron\"])", "()")
    );
    insta::assert_snapshot!(
        "an_include_is_absolute",
        Mistake::default().load("(version: 1, include: [\"/etc/passwd\"])", "()")
    );
    insta::assert_snapshot!(
        "an_include_is_missing",
        Mistake::default().load("(version: 1, include: [\"worlds/three-teir.ron\"])", "()")
    );
    insta::assert_snapshot!(
        "an_include_of_itself",
        Mistake::default()
            .load("(version: 1, include: [\"worlds/blog.ron\"])", "(include: [\"../scenario.ron\"])")
    );
}

#[test]
fn values() {
    insta::assert_snapshot!("a_text_where_a_number_is_wanted", world(&[("desired: 4", "desired: \"four\"")]));
    insta::assert_snapshot!("a_fraction_where_a_count_is_wanted", world(&[("desired: 4", "desired: 4.5")]));
    insta::assert_snapshot!(
        "a_word_where_a_text_is_wanted",
        world(&[("client: \"reader\"", "client: reader")])
    );
    insta::assert_snapshot!(
        "a_text_where_a_kind_is_wanted",
        world(&[("recovery: Wait", "recovery: \"Wait\"")])
    );
    insta::assert_snapshot!(
        "a_list_where_a_struct_is_wanted",
        world(&[("recovery: Wait", "recovery: Restore(\"2m\")")])
    );
    insta::assert_snapshot!("a_field_is_missing", world(&[("enter: \"blog-alb\",", "")]));
    insta::assert_snapshot!(
        "an_interval_that_aws_refuses",
        world(&[("interval: \"5s\"", "interval: \"1s\"")])
    );
    insta::assert_snapshot!(
        "an_interval_as_short_as_its_timeout",
        world(&[("timeout: \"2s\"", "timeout: \"5s\"")])
    );
    insta::assert_snapshot!("a_port_that_is_none", world(&[("port: 8000", "port: 80000")]));
    insta::assert_snapshot!("no_workers", world(&[("workers: 2", "workers: 0")]));
    insta::assert_snapshot!("a_share_above_all", fields("set: { \"services.blog.threshold\": \"101%\" },"));
    insta::assert_snapshot!(
        "a_median_above_its_p95",
        set(&["classes.read.handlers.writers.work=LogNormal(median:\"9ms\",p95:\"4ms\")"])
    );
    insta::assert_snapshot!(
        "no_percentile",
        fields("objectives: [Latency(service: \"blog\", percentile: 100, at_most: \"1s\")]")
    );
    insta::assert_snapshot!("a_name_with_a_blank", world(&[("name: \"reader\"", "name: \"a reader\"")]));
}

#[test]
fn what_belongs_together() {
    insta::assert_snapshot!("a_name_twice", world(&[("name: \"front-y\"", "name: \"front-x\"")]));
    insta::assert_snapshot!("a_subnet_out_of_its_vpc", world(&[("172.16.3.0/24", "172.17.3.0/24")]));
    insta::assert_snapshot!("overlapping_subnets", world(&[("172.16.3.0/24", "172.16.2.128/25")]));
    insta::assert_snapshot!(
        "two_subnets_in_one_zone",
        world(&[("zone: \"y\", cidr: \"172.16.1", "zone: \"x\", cidr: \"172.16.1")])
    );
    insta::assert_snapshot!(
        "a_private_subnet_faces_the_internet",
        world(&[(
            "zone: \"y\", cidr: \"172.16.1.0/24\", route_table: \"public\"",
            "zone: \"y\", cidr: \"172.16.1.0/24\", route_table: \"closed\""
        )])
    );
    insta::assert_snapshot!("nothing_fills_a_target_group", world(&[("target_groups: [\"writers\"],", "")]));
    insta::assert_snapshot!(
        "a_port_without_a_listener",
        world(&[("port: 443,\n            client", "port: 80,\n            client")])
    );
    insta::assert_snapshot!(
        "no_handler",
        world(&[
            ("at: \"writers\"", "at: \"readers\""),
            ("target_groups: [\n", "target_groups: [\n        (name: \"readers\", port: 1),\n")
        ])
    );
    insta::assert_snapshot!(
        "calls_in_circles",
        world(&[("calls: [Read(", "calls: [Http(to: \"blog-alb\", port: 443, timeout: \"1s\"), Read(")])
    );
    insta::assert_snapshot!(
        "no_route_to_the_internet",
        world(&[
            ("calls: [Read(", "calls: [External(endpoint: \"mail\", timeout: \"1s\"), Read("),
            (
                "clients: [(",
                "endpoints: [(name: \"mail\", address: \"203.0.113.9\", port: 25, response: Constant(\"9ms\"))],\n    clients: [("
            ),
            (
                "subnets: [\"front-x\", \"front-y\"],\n            desired",
                "subnets: [\"data-x\", \"front-y\"],\n            desired"
            ),
        ])
    );
    insta::assert_snapshot!(
        "nothing_to_promote",
        world(&[("recovery: Wait", "recovery: Promote(decide: \"1m\")")])
    );
    insta::assert_snapshot!(
        "weights_of_zero",
        fields("traffic: [OpenLoop(name: \"none\", rate: \"1/s\", mix: { \"read\": 0 })],")
    );
    insta::assert_snapshot!(
        "an_unknown_class",
        fields("traffic: [OpenLoop(name: \"a\", rate: \"1/s\", mix: { \"reed\": 1 })],")
    );
    insta::assert_snapshot!(
        "an_objective_without_traffic",
        fields("traffic: [], objectives: [Rto(service: \"blog\", at_most: \"1m\")],")
    );
    insta::assert_snapshot!(
        "an_objective_for_nobody",
        fields("objectives: [Rpo(database: \"post\", at_most: \"0s\")],")
    );
    insta::assert_snapshot!("timeouts_inside_out", set(&["clients.reader.try_timeout=20s"]));
}

#[test]
fn faults() {
    insta::assert_snapshot!("a_fault_in_an_unknown_zone", fault("zone:a@5m+15m"));
    insta::assert_snapshot!("a_fault_of_an_unknown_kind", fault("zome:x@5m"));
    insta::assert_snapshot!("a_fault_without_a_time", fault("zone:x"));
    insta::assert_snapshot!("a_fault_at_a_bad_time", fault("zone:x@5"));
    insta::assert_snapshot!("a_fault_after_the_end", fault("zone:x@10m"));
    insta::assert_snapshot!("a_fault_during_warm_up", fault("zone:x@30s"));
    insta::assert_snapshot!("a_member_that_does_not_exist", fault("host:blog-server-5@5m"));
    insta::assert_snapshot!("an_unknown_instance", fault("process:blog-servers@5m"));
    insta::assert_snapshot!("the_process_of_a_node", fault("process:web-node-1@5m"));
    insta::assert_snapshot!("a_standby_that_does_not_exist", fault("standby:posts@5m"));
    insta::assert_snapshot!("a_fault_in_full_that_does_not_end", fault("ZonePowerLoss(zone: \"x\""));
    insta::assert_snapshot!("a_fault_in_full_with_a_mistake", fault("ZonePowerLos(zone: \"x\", at: \"5m\")"));
}

#[test]
fn interventions() {
    let all = [
        "4m failover database/posts",
        "4m:",
        "4m: fail-over database/posts",
        "4m: drain node/x",
        "4m: failover",
        "4m: failover posts",
        "4m: failover zone/x",
        "4m: failover database/post",
        "4m: failover database/posts",
        "4m: failover database/",
        "4: shift-away zone/a",
        "10m: shift-away zone/x",
        "4m: scale group/writers",
        "4m: scale group/writers -1",
        "4m: scale group/writers 99999999999999999999",
        "4m: scale group/writers 7",
        "4m: scale group/writer 2",
        "4m: scale group/writers 2 3",
        "4m: promote replica/posts-replica",
        "4m: restart instance/blog-server-9",
        "4m: terminate instance/blog-servers",
    ];
    insta::assert_snapshot!("interventions", Mistake { interventions: &all, ..Mistake::default() }.shown());
}

#[test]
fn machine_images_and_secrets() {
    let fields = r#"machine_images: [
        (name: "blog", regions: ["eu-west-1", "eu-west-2"], stale_in: ["eu-west-1"], size: "1KiB"),
    ],
    secrets: [(name: "login", database: "post", regions: ["eu-north-1"])],
    regions: [(name: "eu-north-1")],
    set: {
        "auto_scaling_groups.writers.server.image": "blogs",
        "auto_scaling_groups.writers.server.secrets": ["logins"],
    },"#;
    let interventions = [
        "4m: copy image/blog",
        "4m: copy image/blog eu-west-3",
        "4m: build image/blog eu-north-1",
        "4m: set secret/logins eu-west-1",
        "4m: set image/blog eu-west-1",
    ];
    let mistake = Mistake { fields, interventions: &interventions, ..Mistake::default() };
    insta::assert_snapshot!(mistake.shown());
}

#[test]
fn container_images_in_registries_of_regions() {
    let fields = r#"images: [
        (name: "blog:1", size: "70MiB", regions: ["eu-west-1", "eu-west-1"]),
        (name: "blog:2", size: "70MiB", regions: []),
        (name: "blog:3", size: "70MiB", regions: ["eu-north-1", "eu-west-9"]),
        (name: "blog:4", size: "70MiB", region: "eu-west-1"),
    ],
    regions: [(name: "eu-north-1")],"#;
    insta::assert_snapshot!(Mistake { fields, ..Mistake::default() }.shown());
}

#[test]
fn interventions_of_a_scenario() {
    let own = r#"interventions=[
        (at: "4m"), (at: "4", action: "failover database/posts"), (at: "4m", action: "failover database/post"),
        (at: "4m", action: "fail-over database/posts"), (at: "5m", action: "fail\u{6f}ver zone/x"),
        (at: "20m", action: "failover database/posts"), (at: "4m", action: ""),
        (at: "5m", action: "failover database/posts", by: "me"),
    ]"#;
    let mistake = Mistake {
        set: &[own, "interventions.failover-database/posts.action=failover db/blog"],
        ..Mistake::default()
    };
    insta::assert_snapshot!("interventions_of_a_scenario", mistake.shown());
}

#[test]
fn interventions_in_a_scenario_that_is_wrong_itself() {
    let mistake = Mistake {
        set: &["auto_scaling_groups.writers.desired=many", "databases.posts.multi_az=perhaps", "duration=0s"],
        interventions: &[
            "4m: scale group/writers 7",
            "4m: restart instance/blog-server",
            "4m: failover database/posts",
            "4m: promote replica/posts-replica",
        ],
        ..Mistake::default()
    };
    insta::assert_snapshot!("interventions_in_a_wrong_scenario", mistake.shown());
}

#[test]
fn a_region_with_no_more_than_a_registry_can_be_lost_but_not_its_control_planes() {
    let told = |regions: &str, fault: &str| {
        fields(&format!(
            "regions: [(name: \"eu-north-1\")], zones: [(name: \"z\", region: \"eu-north-1\")],\n    \
             images: [(name: \"blog:1\", size: \"70MiB\"{regions})],\n    \
             faults: [{fault}(name: \"lost\", region: \"eu-north-1\", at: \"5m\")],"
        ))
    };
    let there = ", regions: [\"eu-north-1\"]";
    assert!(told("", "RegionPowerLoss").contains("CS0504"));
    assert!(!told(there, "RegionPowerLoss").contains("CS0504"));
    assert!(told(there, "ControlPlaneLoss").contains("CS0504"));
}

#[test]
fn backups_that_cannot_be_made_or_fetched_so() {
    let told = |keeps: &str| {
        let backups = format!(r#"databases.posts.backups=[(name: "far", subnet: "data-y", keeps: {keeps})]"#);
        set(&[&backups])
    };
    assert!(told(r#"Snapshots(every: "1s")"#).contains("1s is below the least, 1m"));
    assert!(told(r#"Dumps(every: "1ms")"#).contains("1ms is below the least, 1m"));
    let archive = told("Dumps(class: GlacierDeepArchive(Expedited))");
    assert!(archive.contains("CS") && archive.contains("Expedited"), "{archive}");
    assert!(set(&["databases.posts.log_shipping=1ms"]).contains("below the least, 1s"));
}

#[test]
fn faults_that_break_nothing() {
    insta::assert_snapshot!(
        "a_fault_of_an_idle_gateway",
        fields(
            "nat_gateways: [(name: \"nat\", subnet: \"front-x\")],\n    \
             faults: [NatGatewayLoss(nat_gateway: \"nat\", at: \"5m\")],"
        )
    );
    let all = "[(rule: 100, action: Allow, ports: \"1-65535\", cidr: \"0.0.0.0/0\")]";
    let acls = ["data", "new"]
        .map(|name| format!("(name: \"{name}\", vpc: \"blog\", ingress: {all}, egress: {all})"));
    let rules = format!(
        "network_acls: [{}],\n    \
         security_groups: [(name: \"idle\", vpc: \"blog\"), (name: \"other\", vpc: \"blog\")],\n    \
         set: {{ \"subnets.data-x.network_acl\": \"data\", \"subnets.data-y.network_acl\": \"data\" }},\n    ",
        acls.join(", ")
    );
    let change = |faults: &str| fields(&format!("{rules}faults: [{faults}],"));
    let acl = |at: &str, acl: &str| {
        format!(
            "NetworkAclChange(name: \"{at}\", subnets: [\"data-x\"], network_acl: \"{acl}\", at: \"{at}\")"
        )
    };
    insta::assert_snapshot!("a_network_acl_that_is_there_already", change(&acl("5m", "data")));
    let back = change(&format!("{}, {}", acl("5m", "new"), acl("6m", "data")));
    assert!(!back.contains("CS0504"), "the second takes the first one back: {back}");
    insta::assert_snapshot!(
        "a_security_group_without_members",
        change("SecurityGroupChange(security_group: \"idle\", rules_of: \"other\", at: \"5m\")")
    );
    insta::assert_snapshot!(
        "a_route_table_that_is_there_already",
        change("RouteTableChange(subnets: [\"data-x\", \"data-y\"], route_table: \"closed\", at: \"5m\")")
    );
    let empty = ["auto_scaling_groups.writers.desired=0"];
    let of = |fault: &'static str| Mistake { set: &empty, faults: &[fault], ..Mistake::default() }.shown();
    insta::assert_snapshot!("a_fault_of_an_empty_group", of("host:blog-server@5m"));
    insta::assert_snapshot!("a_fault_of_a_member_of_an_empty_group", of("host:blog-server-1@5m"));
}

#[test]
fn objectives_that_cannot_fail() {
    let fault = "faults: [ZonePowerLoss(zone: \"x\", at: \"5m\")]";
    let objectives = "objectives: [Rpo(database: \"posts\", at_most: \"0s\")]";
    insta::assert_snapshot!("an_objective_of_loss_without_writes", fields(&format!("{fault}, {objectives}")));
    let objective = |limit| fields(&format!("objectives: [Rto(service: \"blog\", at_most: \"{limit}\")]"));
    assert!(objective("1s").contains("CS0602"));
    assert_eq!(objective("0s"), "", "no outage at all is something to ask of a quiet day");
}

#[test]
fn what_two_vpcs_take_apart() {
    let other =
        "vpcs: [(name: \"other\", cidr: \"172.16.0.0/22\")], route_tables: [(name: \"far\", vpc: \"other\")],
    internet_gateways: [(name: \"far-gateway\", vpc: \"other\")],
    subnets: [
        (name: \"far-x\", vpc: \"other\", zone: \"x\", cidr: \"172.16.0.0/24\", route_table: \"far\"),
        (name: \"far-y\", vpc: \"other\", zone: \"y\", cidr: \"172.16.1.0/24\", route_table: \"far\"),
    ],";
    let with = |set: &[&str]| Mistake { fields: other, set, ..Mistake::default() }.shown();
    assert_eq!(with(&[]), "", "ranges of two VPCs may overlap");
    insta::assert_snapshot!("a_database_over_two_vpcs", with(&["databases.posts.standby=far-x"]));
    insta::assert_snapshot!(
        "targets_and_callers_in_another_vpc",
        with(&["auto_scaling_groups.writers.subnets=[\"far-x\", \"far-y\"]"])
    );
    insta::assert_snapshot!(
        "a_route_to_the_gateway_of_another_vpc",
        with(&["route_tables.far.routes=[(to: \"0.0.0.0/0\", via: InternetGateway(\"gateway\"))]"])
    );
}

#[test]
fn advice() {
    insta::assert_snapshot!("a_tier_of_one_server", set(&["auto_scaling_groups.writers.desired=1"]));
    let wrong = set(&["auto_scaling_groups.writers.desired=1", "duration=0s"]);
    assert!(!wrong.contains("CS0801"), "advice waits until the rest is right: {wrong}");
}

#[test]
fn settings() {
    insta::assert_snapshot!("a_bad_value_in_a_setting", set(&["target_groups.writers.interval=15x"]));
    insta::assert_snapshot!("an_unknown_kind_in_a_setting", set(&["target_group.writers.interval=15s"]));
    insta::assert_snapshot!("an_unknown_name_in_a_setting", set(&["target_groups.writer.interval=15s"]));
    insta::assert_snapshot!("an_unknown_field_in_a_setting", set(&["databases.posts.multiaz=true"]));
    insta::assert_snapshot!("a_setting_of_a_part_of_a_number", set(&["databases.posts.workers.max=3"]));
    insta::assert_snapshot!("a_setting_without_a_value", set(&["duration"]));
    insta::assert_snapshot!("broken_ron_in_a_setting", set(&["faults=[ZonePowerLoss(zone: \"x\"]"]));
    insta::assert_snapshot!("a_setting_in_a_file", fields("set: { \"databases.post.multi_az\": false },"));
    insta::assert_snapshot!("a_wrong_type_in_a_setting", set(&["auto_scaling_groups.writers.desired=six"]));
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let shown = set(&["duration=\u{1b}[31m", "zones.x\u{1b}]0;.region=a"]);
    assert!(!shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn sweeps() {
    insta::assert_snapshot!(fields(
        r#"sweep: (
        seeds: "9..3",
        vary: [
            "databases.posts.multi_az=true,false", "databases.posts.multi_az=true", "databases.post.multi_az=true",
            "seed=1,2", "duration", "duration=5m,5m", "durations=5m", "warm_up=[0s,1m",
        ],
    ),"#
    ));
    insta::assert_snapshot!(fields(r#"sweep: (seed: "0..9", vary: [5]),"#));
}

#[test]
fn optimizations() {
    insta::assert_snapshot!(fields(
        r#"optimize: (
        seeds: "9..3", breach_at_most: "0%", confidence: "101%",
        knobs: [
            "databases.posts.multi_az=true,false", "databases.posts.multi_az=true", "databases.post.multi_az=true",
            "duration=5m..=1m/1m", "warm_up=0s..=2000s/1s",
        ],
    ), objectives: [],"#
    ));
    insta::assert_snapshot!(fields(
        r#"optimize: (knobs: ["duration=1..=40", "warm_up=1..=40"], breach: "5%"),"#
    ));
}

#[test]
fn alternatives() {
    insta::assert_snapshot!(fields(
        r#"alternatives: {
        "posts": {
            "safe": { "databases.posts.multi_az": true, "databases.posts.clas": 5 },
            "cheap": { "databases.post.multi_az": false },
            "": { "sweep.seeds": "0..9", "alternatives.nat": "one" },
        },
        "two words": { "nothing": {} }, "none": {}, "flat": { "databases.posts.multi_az": true },
    },
    set: { "alternatives.post": "safe", "alternatives.posts": "chep" },"#
    ));
    insta::assert_snapshot!(fields(
        r#"alternatives: { "posts": {
        "safe": { "databases.posts.multi_az": true }, "safe": { "databases.posts.multi_az": true },
        "cheap": { "databases.posts.multi_az": false },
    } },
    sweep: (vary: ["alternatives.posts=safe,chep", "databases.posts.multi_az=true"]), objectives: [],"#
    ));
    insta::assert_snapshot!(fields("alternatives: [],"));
}

#[test]
fn values_of_grids() {
    insta::assert_snapshot!(checked(
        r#"alternatives: {
        "posts": { "safe": { "databases.posts.multi_az": "yes" }, "cheap": { "databases.posts.multi_az": false } },
        "readers": { "few": { "traffic.readers.rate": "1/s" }, "many": { "traffic.readers.rate": "lots" } },
    },
    sweep: (vary: ["databases.posts.multi_az=true,maybe,perhaps", "duration=5m,6x", "warm_up=[1"]),
    optimize: (knobs: ["alternatives.posts=cheap,safe", "warm_up=1m,20m", "classes.read.handlers=[],{"]),
    objectives: [Availability(service: "blog", at_least: "99%")],"#
    ));
    insta::assert_snapshot!(checked(
        r#"sweep: (vary: ["databases.posts.multi_az=maybe,true", "duration=6x"]),
    optimize: (knobs: ["alternatives.posts=cheap,safe", "warm_up=1m,20m"]),
    alternatives: { "posts": {
        "safe": { "databases.posts.multi_az": "yes" }, "cheap": { "databases.posts.multi_az": false },
    } },
    objectives: [Availability(service: "blog", at_least: "99%")],"#
    ));
}

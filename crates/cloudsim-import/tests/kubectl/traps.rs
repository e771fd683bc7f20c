//! What looks like one thing and is another: numbers, booleans, keys and templates of YAML.

use super::*;

fn deployment_with(line: &str) -> String {
    DEPLOYMENT.replace("  replicas: 2\n", line)
}

#[test]
fn a_leading_zero_is_octal_as_kubectl_reads_it() {
    assert!(manifest(&deployment_with("  replicas: 010\n")).scenario.contains("replicas: 8,"));
}

#[test]
fn yes_and_on_are_true() {
    for word in ["yes", "on", "Yes", "ON", "true"] {
        let imported = manifest(
            &DEPLOYMENT
                .replace("      containers:", &format!("      hostNetwork: {word}\n      containers:")),
        );
        assert!(imported.scenario.contains("hostNetwork: true"), "{word}");
    }
    // A label is a text, and kubectl says so too.
    assert!(
        wrong(&DEPLOYMENT.replace("{labels: {app: web}}", "{labels: {app: yes}}")).contains("error[CS1105]")
    );
}

#[test]
fn a_key_that_is_given_twice_is_refused_at_its_place() {
    let problems = wrong(&deployment_with("  replicas: 2\n  replicas: 3\n"));
    assert!(
        problems.contains("error[CS1101]: `replicas` is given twice") && problems.contains("shop.yaml:6:3"),
        "{problems}"
    );
    let json = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "name": "b"}}"#;
    assert!(wrong(json).contains("error[CS1101]: `name` is given twice"), "{}", wrong(json));
}

#[test]
fn anchors_and_merges_are_read_and_bombs_of_them_refused() {
    let merged = DEPLOYMENT.replace(
        "resources: {requests: {cpu: 100m}}",
        "resources: &r {requests: {cpu: 100m}}\n      - name: side\n        \
                 image: a\n        resources: {<<: *r}",
    );
    assert_eq!(manifest(&merged).scenario.matches("100m").count(), 2);
    let mut bomb = "apiVersion: v1\nkind: Pod\na: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (own, other) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip(["a", "b", "c", "d", "e", "f", "g"]) {
        let aliases = vec![format!("*{other}"); 10].join(",");
        bomb.extend([own, ": &", own, " [", &aliases, "]\n"]);
    }
    assert!(wrong(&bomb).contains("error[CS1101]"), "{}", wrong(&bomb));
}

#[test]
fn depth_bombs_are_refused() {
    let flow = format!("apiVersion: v1\nkind: Pod\na: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let block: String = (0..2_000).flat_map(|depth| [" ".repeat(depth), "a:\n".into()]).collect();
    let json = format!(
        r#"{{"apiVersion": "v1", "kind": "Pod", "a": {}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for text in [flow, format!("apiVersion: v1\nkind: Pod\n{block}"), json] {
        assert!(wrong(&text).contains("error[CS1101]"), "{}", wrong(&text));
    }
}

#[test]
fn tabs_do_not_indent() {
    assert!(wrong("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n").contains("error[CS1101]"));
}

#[test]
fn a_byte_order_mark_and_line_feeds_of_windows_change_nothing() {
    let scenario = |text: &str| manifest(text).scenario;
    let plain = scenario(DEPLOYMENT);
    assert_eq!(scenario(&format!("\u{feff}{DEPLOYMENT}")), plain);
    assert_eq!(scenario(&DEPLOYMENT.replace('\n', "\r\n")), plain);
}

#[test]
fn text_of_powershell_is_named() {
    let bytes: Vec<u8> = "\u{feff}apiVersion: v1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let problems =
        import(vec![Source { name: "a.yaml".into(), bytes }], &given()).expect_err("no UTF-8").to_string();
    assert!(problems.contains("error[CS1101]") && problems.contains("PowerShell"), "{problems}");
}

#[test]
fn empty_documents_are_none_and_a_marker_in_a_text_is_text() {
    let text = format!("---\n# nothing\n---\n\n---\n{DEPLOYMENT}---\n...\n");
    assert!(manifest(&text).notes[0].contains("1 Deployment"));
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    a: \"x --- y\"\n    b: |\n      ---\n      kind: Secret\nspec:\n  \
                containers: [{name: a, image: a}]\n";
    assert!(manifest(text).notes[0].contains("read     1 Pod"), "{:?}", manifest(text).notes);
}

#[test]
fn huge_numbers_are_refused_where_they_are_counted() {
    assert!(wrong(&deployment_with("  replicas: 99999999999999999999999\n")).contains("error[CS1105]"));
    assert!(wrong(&deployment_with("  replicas: .inf\n")).contains("error["));
}

#[test]
fn what_the_api_server_refuses_is_refused() {
    let others = DEPLOYMENT.replace("matchLabels: {app: web}", "matchLabels: {app: other}");
    assert!(wrong(&others).contains("`spec.selector`: does not match the labels"), "{}", wrong(&others));
    let all = DEPLOYMENT.replace("{matchLabels: {app: web}}", "{}");
    assert!(wrong(&all).contains("`spec.selector`: may not be empty"), "{}", wrong(&all));
    let tainted =
        "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {taints: [{key: a, effect: Never}]}\n";
    let problems = wrong(tainted);
    assert!(problems.contains("`spec.taints[0].effect`: `Never` is no effect of a taint"), "{problems}");
    let still = "  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}\n";
    assert!(wrong(&deployment_with(still)).contains("may not be 0 where `maxSurge` is 0"));
    let scaled = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec:\n  \
                  {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: 5, maxReplicas: 3}\n";
    assert!(wrong(scaled).contains("3 is below `minReplicas`, 5"));
}

#[test]
fn what_the_api_server_refuses_of_a_pod_is_refused_in_templates_too() {
    let with = |lines: &str| DEPLOYMENT.replace("      containers:", &format!("{lines}      containers:"));
    for (lines, said) in [
        ("      activeDeadlineSeconds: 5\n", "`spec.template.spec.activeDeadlineSeconds`: may not be said"),
        ("      restartPolicy: Never\n", "`spec.template.spec.restartPolicy`: must be Always"),
        ("      tolerations: [{value: a}]\n", "tolerations[0].operator`: must be Exists"),
        ("      initContainers: [{name: web, image: a}]\n", "another container is called `web` too"),
        ("      tolerations: [{operator: Exists, effect: Never}]\n", "`Never` is no effect of a taint"),
        ("      volumes: [{name: a}, {name: a}]\n", "volumes[1].name`: another volume is called `a` too"),
        (
            "      initContainers: [{name: a, image: a, ports: [{containerPort: 80000}]}]\n",
            "ports[0].containerPort`: 80000 is not from 1 to 65535",
        ),
    ] {
        let problems = wrong(&with(lines));
        assert!(problems.contains("error[CS1105]: Deployment:") && problems.contains(said), "{problems}");
    }
    let more = DEPLOYMENT.replace("{requests: {cpu: 100m}}", "{requests: {cpu: 2}, limits: {cpu: 1}}");
    assert!(wrong(&more).contains("requests[cpu]`: 2 is more than the limit, 1"), "{}", wrong(&more));
    let device = DEPLOYMENT.replace("{requests: {cpu: 100m}}", "{requests: {nvidia.com/gpu: 1}}");
    assert!(wrong(&device).contains("limits[nvidia.com/gpu]`: must be said"), "{}", wrong(&device));
    let both = wrong(&deployment_with("  strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}\n"));
    assert!(both.contains("`spec.strategy.rollingUpdate`: may not be said"), "{both}");
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {spec: {containers: \
               [{name: a, image: a}]}}}\n";
    assert!(wrong(job).contains("a job needs Never or OnFailure"), "{}", wrong(job));
}

#[test]
fn a_whole_number_may_be_written_with_a_point_as_for_kubectl() {
    assert!(manifest(&deployment_with("  replicas: 3.0\n")).scenario.contains("replicas: 3,"));
    let half = wrong(&deployment_with("  replicas: 3.5\n"));
    assert!(
        half.contains("error[CS1105]: Deployment: no whole number") && half.contains("shop.yaml:5:13"),
        "{half}"
    );
}

#[test]
fn an_alias_within_itself_is_told_in_plain_words() {
    let problems = wrong("apiVersion: v1\nkind: Pod\nmetadata: &a\n  name: a\n  labels: *a\n");
    assert!(problems.contains("an alias stands within what it stands for"), "{problems}");
}

#[test]
fn a_list_in_any_form_of_yaml_is_read_item_by_item_and_places_are_kept() {
    let pod = |name: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: a, image: é}}]}}}}"
        )
    };
    let list = format!("apiVersion: v1\nkind: List\nitems: [{},\n  {}, {}]\n", pod("a"), pod("b"), pod("c"));
    assert!(manifest(&list).notes[0].contains("3 Pod"), "{:?}", manifest(&list).notes);
    let problems = wrong(&list.replace("name: c", "name: C"));
    assert!(problems.contains(&format!("shop.yaml:4:{}", pod("b").chars().count() + 5)), "{problems}");
}

#[test]
fn templates_are_named() {
    let problems =
        wrong("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-web\n{{- if .Values.x }}\n");
    assert!(problems.contains("error[CS1103]") && problems.contains("helm template"), "{problems}");
    // In a text it is a text.
    let text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: \"{{x}}\"}]}\n";
    assert!(manifest(text).scenario.contains("{{x}}"));
}

//! What kubectl prints, to scenarios: what is kept, where pods belong, and what is said.

mod control_plane;
mod traps;

use cloudsim_import::kubectl::{Imported, Options, Source, import};
use cloudsim_kube::objects::CpuTarget;
use cloudsim_scenario::{Loaded, MemoryFiles, Overrides, Problems, load};
use proptest::prelude::*;

/// A small cluster as `kubectl get … -o yaml` prints it.
const SHOP: &str = include_str!("../shop.yaml");

fn imported_with(text: &str, options: &Options) -> Result<Imported, Problems> {
    import(vec![Source { name: "shop.yaml".into(), bytes: text.as_bytes().to_vec() }], options)
}

fn given() -> Options {
    Options { nodes: Some("3xm5.xlarge".into()), ..Options::default() }
}

fn right(text: &str) -> Imported {
    imported_with(text, &Options::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A manifest on given nodes.
fn manifest(text: &str) -> Imported {
    imported_with(text, &given()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn wrong(text: &str) -> String {
    imported_with(text, &given()).expect_err("it is wrong").to_string()
}

fn loaded(imported: &Imported) -> Loaded {
    let files = MemoryFiles::from([("shop.ron", imported.scenario.as_str())]);
    load(&files, "shop.ron", &Overrides::default())
        .unwrap_or_else(|problems| panic!("{problems}\n{}", imported.scenario))
}

fn says(imported: &Imported, line: &str) -> bool {
    imported.notes.iter().any(|note| note.contains(line))
}

/// Nodes and what else is given, as a dump.
fn dump(items: &[&str]) -> String {
    let node = |name: &str, zone: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata:\n  labels:\n    topology.kubernetes.io/region: us-east-1\n    \
             topology.kubernetes.io/zone: {zone}\n  name: {name}\nstatus:\n  allocatable:\n    cpu: \"4\"\n    \
             memory: 16Gi\n    pods: \"58\"\n  nodeInfo:\n    kubeletVersion: v1.33.2-eks-1a2b\n"
        )
    };
    let mut all = vec![node("one", "us-east-1a"), node("two", "us-east-1b")];
    all.extend(items.iter().map(|item| (*item).to_owned()));
    all.join("---\n")
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: shop/web:1.0
        resources: {requests: {cpu: 100m}}
";

fn pod(name: &str, owner: &str, cpu: &str, rest: &str) -> String {
    let owner = match owner.split_once('/') {
        Some((kind, name)) => {
            format!(
                "  ownerReferences: [{{apiVersion: x/v1, kind: {kind}, name: {name}, controller: true, uid: u}}]\n"
            )
        }
        None => String::new(),
    };
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  labels: {{app: web}}\n{owner}spec:\n  containers:\n  - name: web\n    \
         image: shop/web:1.0\n    resources: {{requests: {{cpu: {cpu}}}}}\n{rest}"
    )
}

const ON_ONE: &str = "  nodeName: one\nstatus: {phase: Running}\n";

fn replica_set(name: &str, owner: &str, replicas: u32) -> String {
    let (kind, parent) = owner.split_once('/').expect("a kind and a name");
    format!(
        "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: {name}\n  ownerReferences: [{{apiVersion: x/v1, kind: {kind}, name: \
         {parent}, controller: true, uid: u}}]\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: \"shop/web:1.0\"}}]}}\n"
    )
}

#[test]
fn a_cluster_becomes_a_scenario_that_people_can_read() {
    let imported = right(SHOP);
    insta::assert_snapshot!(imported.scenario);
    let cluster = &loaded(&imported).plan.clusters[0];
    assert_eq!((cluster.nodes.len(), cluster.workloads.len(), cluster.pods.len()), (4, 3, 2));
}

#[test]
fn the_page_shows_what_is_said_of_the_small_cluster() {
    let page = include_str!("../../../../docs/import.md");
    assert!(page.contains(&right(SHOP).notes.join("\n")), "docs/import.md is not what is printed");
    for rule in cloudsim_import::rules() {
        assert!(page.contains(&format!("| {} |", rule.code)), "docs/import.md does not list {}", rule.code);
    }
}

#[test]
fn the_same_cluster_in_json_becomes_the_same_scenario() {
    let documents: Vec<serde_json::Value> = serde_json_of(SHOP);
    let json = serde_json::to_string_pretty(&documents[0]).expect("a tree is JSON");
    let name = Options { name: Some("shop".into()), ..Options::default() };
    let of = |text: &str| imported_with(text, &name).unwrap_or_else(|problems| panic!("{problems}")).scenario;
    assert_eq!(of(&json), of(SHOP));
}

fn serde_json_of(text: &str) -> Vec<serde_json::Value> {
    serde_saphyr::from_multiple(text).expect("the fixture is YAML")
}

#[test]
fn contents_of_secrets_environments_and_commands_are_never_copied() {
    let imported = right(SHOP);
    for secret in ["hunter2", "aHVudGVyMg", "s3cr3t", "--token"] {
        assert!(SHOP.contains(secret) && !imported.scenario.contains(secret), "{secret}");
    }
}

#[test]
fn a_pod_is_under_its_deployment_by_way_of_its_replica_set() {
    let text = dump(&[
        DEPLOYMENT,
        &replica_set("web-7d9", "Deployment/web", 2),
        &pod("web-7d9-x", "ReplicaSet/web-7d9", "100m", ON_ONE),
    ]);
    let imported = right(&text);
    assert!(imported.scenario.contains(r#"running: {"web-7d9-x": "one"}"#), "{}", imported.scenario);
    assert!(!imported.scenario.contains("replica_sets"));
    loaded(&imported);
}

#[test]
fn a_replica_set_that_was_not_read_is_found_by_its_name() {
    let imported = right(&dump(&[DEPLOYMENT, &pod("web-7d9-x", "ReplicaSet/web-7d9", "100m", ON_ONE)]));
    assert!(imported.scenario.contains(r#"running: {"web-7d9-x": "one"}"#));
    assert!(says(&imported, "1 Pod whose ReplicaSet was not read"), "{:?}", imported.notes);
}

#[test]
fn what_a_foreign_controller_keeps_is_kept_as_it_is_and_said() {
    let imported = right(&dump(&[
        &replica_set("web-5f8", "Rollout/web", 1),
        &replica_set("web-old", "Rollout/web", 0),
        &pod("web-5f8-x", "ReplicaSet/web-5f8", "100m", ON_ONE),
        &pod("spark-1", "SparkApplication/spark", "100m", ON_ONE),
    ]));
    assert!(
        says(&imported, "1 ReplicaSet of a Rollout, whose controller is not simulated"),
        "{:?}",
        imported.notes
    );
    assert!(says(&imported, "1 Pod of a SparkApplication"), "{:?}", imported.notes);
    assert!(says(&imported, "1 ReplicaSet of an earlier revision"), "{:?}", imported.notes);
    let cluster = &loaded(&imported).plan.clusters[0];
    assert_eq!((cluster.workloads.len(), cluster.pods.len()), (1, 1));
}

#[test]
fn pods_that_are_over_or_ending_are_counted_and_left_out() {
    let imported = right(&dump(&[
        DEPLOYMENT,
        &pod("a", "", "1", "status: {phase: Succeeded}\n"),
        &pod("b", "", "1", "status: {phase: Failed}\n"),
        &pod("c", "", "1", ON_ONE)
            .replace("  name: c\n", "  name: c\n  deletionTimestamp: \"2026-01-01T00:00:00Z\"\n"),
        &pod("d", "", "1", "status: {phase: Pending}\n"),
    ]));
    assert!(says(&imported, "2 Pod that has succeeded or failed"), "{:?}", imported.notes);
    assert!(says(&imported, "1 Pod that is being deleted"), "{:?}", imported.notes);
    assert!(says(&imported, "1 bare Pod"), "{:?}", imported.notes);
}

#[test]
fn a_static_pod_is_a_bare_one_on_its_node() {
    let imported = right(&dump(&[&pod("etcd-one", "Node/one", "100m", ON_ONE)]));
    let pod = &loaded(&imported).plan.clusters[0].pods[0];
    assert_eq!(pod.node.as_deref(), Some("one"));
    assert!(says(&imported, "1 Pod that mirrors a static one"), "{:?}", imported.notes);
}

#[test]
fn fields_that_the_api_does_not_have_are_named() {
    let mistyped = DEPLOYMENT.replace("  replicas: 2\n", "  replicas: 2\n  replica: 3\n");
    let mistyped = mistyped
        .replace("        resources:", "        livenesProbe: {periodSeconds: 3}\n        resources:");
    let imported = manifest(&mistyped);
    let told = imported.notes.join("\n");
    assert!(
        told.contains("spec.replica") && told.contains("spec.template.spec.containers[0].livenesProbe"),
        "{told}"
    );
    assert!(!manifest(DEPLOYMENT).notes.join("\n").contains("does not have"), "none where there are none");
}

#[test]
fn what_has_no_effect_is_left_out_and_named() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: sums}\nspec:\n  completions: 4\n  completionMode: Indexed\n  \
               backoffLimitPerIndex: 2\n  podFailurePolicy: {rules: [{action: FailIndex, onPodConditions: [{type: DisruptionTarget, status: \"True\"}]}]}\n  \
               template: {spec: {restartPolicy: Never, activeDeadlineSeconds: 60, containers: [{name: a, image: a}]}}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  sessionAffinity: ClientIP\n  \
                   internalTrafficPolicy: Cluster\n  ports: [{port: 80}]\n";
    let claims = DEPLOYMENT.replace(
        "      containers:",
        "      resourceClaims: [{name: gpu, resourceClaimName: gpu}]\n      containers:",
    );
    let scaler = |name: &str, target: &str| {
        format!(
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: {name}}}\nspec:\n  \
             {{scaleTargetRef: {{kind: {target}, name: web}}, maxReplicas: 3}}\n"
        )
    };
    let text = [job, service, &claims, &scaler("one", "Deployment"), &scaler("two", "Rollout")].join("---\n");
    let imported = manifest(&text);
    for line in [
        "1 `backoffLimitPerIndex` of a job, which has no effect",
        "1 `activeDeadlineSeconds` of a template or a pod, which has no effect",
        "1 `sessionAffinity` of a service, which has no effect",
        "1 template or pod that claims devices",
        "1 HorizontalPodAutoscaler that leaves the number of pods alone",
        "1 HorizontalPodAutoscaler that scales nothing: its Rollout was not read",
    ] {
        assert!(says(&imported, line), "{line}: {:?}", imported.notes);
    }
    let without_notes = imported.scenario.lines().filter(|line| !line.starts_with("//")).collect::<String>();
    for field in ["activeDeadlineSeconds", "sessionAffinity", "internalTrafficPolicy"] {
        assert!(!without_notes.contains(field), "{field} is left out");
    }
    for field in ["podFailurePolicy", "backoffLimitPerIndex", "resourceClaims"] {
        assert!(without_notes.contains(field), "{field} is kept, and does what it does");
    }
    loaded(&imported);
}

#[test]
fn containers_are_taken_as_they_run_where_all_pods_agree() {
    // The template asks for 100m; both pods ask for 250m.
    let own = [
        pod("web-7d9-x", "ReplicaSet/web-7d9", "250m", ON_ONE),
        pod("web-7d9-y", "ReplicaSet/web-7d9", "250m", ON_ONE),
    ];
    let imported = right(&dump(&[DEPLOYMENT, &own[0], &own[1]]));
    assert!(imported.scenario.contains("250m") && !imported.scenario.contains("100m"));
    assert!(says(&imported, "1 workload whose pods all ask for something else"), "{:?}", imported.notes);
    // One asks for something else: nobody knows which of the two the next one is.
    let other = pod("web-7d9-y", "ReplicaSet/web-7d9", "300m", ON_ONE);
    let imported = right(&dump(&[DEPLOYMENT, &own[0], &other]));
    assert!(imported.scenario.contains("100m") && !imported.scenario.contains("250m"));
    assert!(says(&imported, "1 workload whose pods differ"), "{:?}", imported.notes);
}

#[test]
fn a_manifest_has_no_running_pods_and_needs_nodes() {
    let imported = manifest(DEPLOYMENT);
    assert!(!imported.scenario.contains("running"));
    assert_eq!(loaded(&imported).plan.clusters[0].nodes.len(), 3);
    let problems =
        imported_with(DEPLOYMENT, &Options::default()).expect_err("there are no nodes").to_string();
    assert!(
        problems.contains("error[CS1107]")
            && problems.contains("hint: give nodes, as in `--nodes 3xm5.xlarge"),
        "{problems}"
    );
}

#[test]
fn nodes_are_dealt_over_the_zones_that_are_given() {
    let options = Options {
        nodes: Some("2xm5.large,2xc5.large".into()),
        zones: Some("eu-west-1a,eu-west-1b,eu-west-1c".into()),
        version: Some("1.31".into()),
        ..Options::default()
    };
    let plan = loaded(&imported_with(DEPLOYMENT, &options).expect("it is right")).plan;
    let zones: Vec<usize> =
        plan.clusters[0].nodes.iter().map(|node| node.zone.expect("each has one").index()).collect();
    assert_eq!(zones, [0, 1, 2, 0]);
    assert_eq!(plan.clusters[0].version.to_string(), "1.31");
    for (nodes, zones, version) in [
        (Some("three"), None, None),
        (Some("0xm5.large"), None, None),
        (Some("3xm5.lrage"), None, None),
        (None, Some("a,,b"), None),
        (None, Some("a,b,a"), None),
        (None, None, Some("1.2")),
        (Some("99999xm5.large"), None, None),
    ] {
        let text = |word: Option<&str>| word.map(str::to_owned);
        let options = Options {
            nodes: text(nodes).or(Some("1xm5.large".into())),
            zones: text(zones),
            version: text(version),
            ..Options::default()
        };
        let problems = imported_with(DEPLOYMENT, &options).expect_err("it means nothing").to_string();
        assert!(problems.contains("error[CS1109]") && problems.contains("hint: "), "{problems}");
    }
}

#[test]
fn a_node_without_a_zone_is_in_one_that_says_so() {
    let text = dump(&[])
        .replace("    topology.kubernetes.io/zone: us-east-1b\n", "")
        .replace("    topology.kubernetes.io/region: us-east-1\n", "");
    let imported = right(&text);
    assert!(imported.scenario.contains(r#"zone: "unknown""#), "{}", imported.scenario);
    assert!(says(&imported, "1 Node without a zone"), "{:?}", imported.notes);
    loaded(&imported);
}

#[test]
fn two_zones_of_one_name_are_one_and_that_is_said() {
    let imported = right(
        &dump(&[]).replacen("region: us-east-1", "region: us-west-2", 1).replace("us-east-1b", "us-east-1a"),
    );
    assert_eq!(loaded(&imported).plan.clusters[0].nodes.len(), 2);
    assert!(
        says(&imported, "1 Node in a zone that has the name of one in another region"),
        "{:?}",
        imported.notes
    );
}

#[test]
fn a_kubelet_that_is_too_old_is_taken_for_the_oldest_that_is_known() {
    let imported = right(&dump(&[]).replace("v1.33.2-eks-1a2b", "v1.21.14"));
    assert_eq!(loaded(&imported).plan.clusters[0].version.to_string(), "1.28");
    assert!(
        says(&imported, "version 1.28: of what is known the nearest to v1.21.14"),
        "{:?}",
        imported.notes
    );
}

#[test]
fn a_node_keeps_its_state_and_not_the_taints_that_follow_from_it() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: three}\nspec:\n  unschedulable: true\n  taints:\n  - {key: node.kubernetes.io/not-ready, \
                effect: NoExecute}\n  - {key: gpu, value: \"1\", effect: NoSchedule}\nstatus:\n  allocatable: {cpu: 4, memory: 1Gi}\n  conditions:\n  \
                - {type: Ready, status: Unknown}\n";
    let node = loaded(&right(node)).plan.clusters[0].nodes[0].clone();
    assert!(!node.ready && node.node.unschedulable);
    assert_eq!(node.node.taints.iter().map(|taint| &*taint.key).collect::<Vec<_>>(), ["gpu"]);
}

#[test]
fn pods_of_another_scheduler_are_placed_by_the_one_that_there_is() {
    let pod = |kind: &str, name: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {more}\n  containers: [{{name: a, image: a}}]\n---\n"
        )
    };
    let text = [pod("Pod", "own", ""), pod("Pod", "other", "schedulerName: volcano")].concat();
    let imported = manifest(&text);
    assert!(says(&imported, "1 template or pod of another scheduler"), "{:?}", imported.notes);
    assert!(!imported.scenario.contains("volcano"), "{}", imported.scenario);
}

#[test]
fn jobs_that_are_over_are_left_out_and_others_do_what_is_left() {
    let job = |name: &str, status: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  completions: 5\n  template:\n    spec:\n      restartPolicy: \
             Never\n      containers: [{{name: job, image: \"shop/job:1\"}}]\nstatus: {status}\n"
        )
    };
    let imported = right(&dump(&[
        &job("done", "{succeeded: 5, conditions: [{type: Complete, status: \"True\"}]}"),
        &job("half", "{succeeded: 3}"),
    ]));
    assert!(says(&imported, "1 Job that is over"), "{:?}", imported.notes);
    assert!(imported.scenario.contains("completions: 2"), "{}", imported.scenario);
    loaded(&imported);
}

#[test]
fn a_priority_class_that_was_not_read_has_the_value_of_its_pods() {
    let with = |text: &str| {
        text.replace("  containers:\n", "  priorityClassName: gold\n  priority: 1000\n  containers:\n")
    };
    let imported = right(&dump(&[&with(&pod("a", "", "1", ON_ONE))]));
    assert!(
        imported.scenario.contains(r#"priority_classes: [(name: "gold", value: 1000)]"#),
        "{}",
        imported.scenario
    );
    assert!(says(&imported, "1 PriorityClass that was not read"), "{:?}", imported.notes);
    loaded(&imported);
}

#[test]
fn an_autoscaler_of_version_1_is_read_and_other_metrics_are_not_taken_for_the_cpu() {
    let of = |version: &str, rest: &str| {
        format!(
            "apiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\nspec:\n  scaleTargetRef: {{apiVersion: apps/v1, \
             kind: Deployment, name: web}}\n  maxReplicas: 9\n{rest}"
        )
    };
    let cpu = |text: &str| {
        let plan = loaded(&right(&dump(&[DEPLOYMENT, text]))).plan;
        plan.clusters[0].autoscalers[0].metrics.first().map(|metric| metric.target)
    };
    assert_eq!(cpu(&of("v1", "  targetCPUUtilizationPercentage: 55\n")), Some(CpuTarget::Utilization(55)));
    let external = "  metrics:\n  - type: External\n    external: {metric: {name: queue}, target: {type: Value, value: 3}}\n";
    assert_eq!(cpu(&of("v2", external)), None);
}

#[test]
fn other_kinds_are_counted_and_other_versions_named() {
    let imported = right(&dump(&[
        DEPLOYMENT,
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: aHVudGVyMg==}\n",
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: old}\n",
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: pool}\n",
    ]));
    for line in
        ["1 Secret, which", "1 Deployment (extensions/v1beta1), which", "1 NodePool (karpenter.sh/v1), which"]
    {
        assert!(says(&imported, line), "{line}: {:?}", imported.notes);
    }
    let nothing = wrong("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    assert!(nothing.contains("error[CS1108]: nothing that is simulated: 1 ConfigMap"), "{nothing}");
}

#[test]
fn a_rollout_that_is_under_way_is_named_and_so_is_a_pause() {
    let rolling = format!("{DEPLOYMENT}status: {{replicas: 3, updatedReplicas: 1}}\n");
    let line = "1 rollout that is under way: taken to be over, and all pods to be new: Deployment web";
    assert!(says(&manifest(&rolling), line), "{:?}", manifest(&rolling).notes);
    let over = manifest(&format!("{DEPLOYMENT}status: {{replicas: 2, updatedReplicas: 2}}\n"));
    assert!(!says(&over, "rollout"), "{:?}", over.notes);
    // Two replica sets with pods say the same where there is no status.
    let both = right(&dump(&[
        DEPLOYMENT,
        &replica_set("web-1", "Deployment/web", 1),
        &replica_set("web-2", "Deployment/web", 1),
        &pod("web-1-x", "ReplicaSet/web-1", "100m", ON_ONE),
        &pod("web-2-x", "ReplicaSet/web-2", "100m", ON_ONE),
    ]));
    assert!(says(&both, line), "{:?}", both.notes);
    let paused = manifest(&DEPLOYMENT.replace("  replicas: 2\n", "  replicas: 2\n  paused: true\n"));
    assert!(says(&paused, "1 Deployment that is paused: `paused` has no effect in a run: Deployment web"));
    assert!(paused.scenario.contains("paused: true"), "{}", paused.scenario);
}

#[test]
fn a_claim_without_a_class_gets_the_default_one_or_waits() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], \
                 resources: {requests: {storage: 1Gi}}}\n";
    let class = |name: &str, default: &str| {
        format!(
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: {name}, annotations: \
             {{storageclass.kubernetes.io/is-default-class: \"{default}\"}}}}\nprovisioner: ebs.csi.aws.com\n"
        )
    };
    let taken = |texts: &[&str], version: &str| {
        let options = Options { version: Some(version.to_owned()), ..Options::default() };
        let imported = imported_with(&dump(texts), &options).unwrap_or_else(|problems| panic!("{problems}"));
        let claim = &loaded(&imported).plan.clusters[0].claims[0];
        assert!(says(&imported, "1 claim or template of claims without a class: "), "{:?}", imported.notes);
        (claim.class.to_string(), claim.takes_default_class)
    };
    let (slow, fast) = (class("slow", "false"), class("fast", "true"));
    assert_eq!(taken(&[claim, &slow, &fast], "1.34"), ("fast".to_owned(), false));
    assert_eq!(taken(&[claim, &slow], "1.34"), (String::new(), false));
    assert_eq!(taken(&[claim], "1.29"), ("gp2".to_owned(), false));
    assert_eq!(taken(&[claim], "1.30"), (String::new(), false));
}

#[test]
fn a_class_that_an_old_annotation_names_goes_before_the_field() {
    let annotation = "annotations: {volume.beta.kubernetes.io/storage-class: fast}";
    let spec =
        "spec: {storageClassName: slow, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}";
    let claim = format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data, {annotation}}}\n{spec}\n"
    );
    let set = format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec:\n  replicas: 1\n  serviceName: db\n  \
         selector: {{matchLabels: {{app: db}}}}\n  template:\n    metadata: {{labels: {{app: db}}}}\n    \
         spec: {{containers: [{{name: db, image: db}}]}}\n  volumeClaimTemplates:\n  - metadata: {{name: data, \
         {annotation}}}\n    {spec}\n"
    );
    let class = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: ebs.csi.aws.com\n";
    let imported = right(&dump(&[&claim, &set, class]));
    loaded(&imported);
    assert_eq!(imported.scenario.matches(r#"storageClassName: "fast""#).count(), 2, "{}", imported.scenario);
    assert!(!imported.scenario.contains("slow"), "{}", imported.scenario);
}

#[test]
fn templates_of_cron_jobs_are_settled_and_counted_as_others_are() {
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  schedule: \"0 3 * * *\"\n  jobTemplate:\n    \
                spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n          - {name: a, image: a, \
                lifecycle: {postStart: {exec: {command: [warm]}}, preStop: {exec: {command: [drain]}}}}\n          volumes:\n          - {name: scratch, ephemeral: \
                {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}\n";
    let options = Options { version: Some("1.29".into()), ..Options::default() };
    let imported = imported_with(&dump(&[cron]), &options).unwrap_or_else(|problems| panic!("{problems}"));
    loaded(&imported);
    for line in [
        "1 claim or template of claims without a class: `gp2`",
        "1 hook before the end of a container",
        "1 `postStart` of containers of a template or a pod",
    ] {
        assert!(says(&imported, line), "{line}: {:?}", imported.notes);
    }
    assert!(!imported.scenario.contains("postStart:"), "{}", imported.scenario);
    assert!(imported.scenario.contains(r#"storageClassName: "gp2""#), "{}", imported.scenario);
}

#[test]
fn how_a_service_keeps_traffic_in_its_zone_is_kept() {
    let service = |mode: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, annotations: {{service.kubernetes.io/topology-mode: {mode}}}}}\n\
             spec: {{selector: {{app: web}}, ports: [{{port: 80}}], trafficDistribution: PreferClose}}\n"
        );
        let imported = right(&dump(&[DEPLOYMENT, &text]));
        loaded(&imported);
        imported.scenario
    };
    assert!(service("Auto").contains(r#"annotations: {"service.kubernetes.io/topology-mode": "Auto"}"#));
    assert!(service("Auto").contains(r#"trafficDistribution: "PreferClose""#));
    assert!(!service("PreferZone").contains("annotations"));
}

#[test]
fn amounts_beyond_all_counting_are_said() {
    let imported = manifest(&DEPLOYMENT.replace("cpu: 100m", "memory: 99999999999999999999, cpu: 1e30"));
    assert!(says(&imported, "2 amount above 2^63 - 1"), "{:?}", imported.notes);
}

#[test]
fn endpoint_slices_follow_from_services_and_are_counted() {
    let slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-x}\n\
                 addressType: IPv4\nendpoints: []\n";
    let imported = right(&dump(&[DEPLOYMENT, slice, &slice.replace("web-x", "web-y")]));
    assert!(
        says(&imported, "2 EndpointSlice (discovery.k8s.io/v1), made anew from Services and pods"),
        "{:?}",
        imported.notes
    );
}

#[test]
fn lists_of_all_kinds_and_lists_of_lists_are_read() {
    let list = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n  spec: {containers: [{name: a, image: a}]}\n";
    assert!(manifest(list).scenario.contains(r#"name: "a""#));
    let nested = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - apiVersion: v1\n    kind: Pod\n    metadata: {name: a}\n    \
                  spec: {containers: [{name: a, image: a}]}\n";
    assert!(manifest(nested).scenario.contains(r#"name: "a""#));
    let json = r#"{"kind": "List", "apiVersion": "v1", "items": [{"kind": "List", "apiVersion": "v1", "items": [
        {"spec": {"containers": [{"name": "a", "image": "a"}]}, "kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}]}]}
        {"spec": {"containers": [{"name": "b", "image": "b"}]}, "kind": "Pod", "apiVersion": "v1", "metadata": {"name": "b"}}"#;
    assert!(manifest(json).notes[0].contains("2 Pod"), "{:?}", manifest(json).notes);
}

#[test]
fn all_mistakes_are_told_at_once_at_their_places() {
    insta::assert_snapshot!(wrong(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: three\n  selector: {}\n  template: {spec: {containers: \
         [{name: a, image: a}]}}\n---\nreplicas: 3\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: Web_1}\nspec: {containers: [{name: a, image: a}]}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a}]\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  \
         name: b\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    ));
}

#[test]
fn a_mistake_in_an_item_of_a_list_hides_no_other_and_has_its_line() {
    let list = SHOP.replacen("replicas: 2", "replicas: two", 1).replacen(
        "- apiVersion: v1\n  kind: Pod\n",
        "- apiVersion: v1\n  kind: Pod\n  kind: Pod\n",
        1,
    );
    let problems = wrong(&list);
    let line =
        |needle: &str| 1 + list.lines().position(|line| line.contains(needle)).expect("it is in the text");
    assert!(problems.contains(&format!("shop.yaml:{}:", line("replicas: two"))), "{problems}");
    assert!(problems.contains("error[CS1101]: `kind` is given twice"), "{problems}");
}

#[test]
fn json_may_hold_any_number_where_nobody_asks_for_it() {
    for number in ["1.0", "-0", "1e3", "18446744073709551616"] {
        let json = format!(
            r#"{{"apiVersion": "v1", "kind": "List", "items": [
                {{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {{"name": "web"}}, "spec": {{"replicas": 1,
                    "selector": {{"matchLabels": {{"app": "web"}}}}, "template": {{"metadata": {{"labels": {{"app": "web"}}}},
                    "spec": {{"containers": [{{"name": "web", "image": "web:1"}}]}}}}}}}},
                {{"apiVersion": "example.com/v1", "kind": "Rollout", "metadata": {{"name": "r"}}, "spec": {{"w": {number}}}}}]}}"#
        );
        let imported = manifest(&json);
        assert!(says(&imported, "1 Rollout"), "{number}: {:?}", imported.notes);
    }
}

#[test]
fn every_rule_is_broken_by_what_it_shows_and_kept_by_the_cure() {
    for rule in cloudsim_import::rules() {
        let said = rule.example.said();
        assert!(
            said.problems.iter().any(|problem| problem.rule == rule),
            "{}: {:?}",
            rule.code,
            said.problems
        );
        let mended = rule.example.said_when_mended().expect("all show a cure");
        assert_eq!(mended.problems, [], "{}", rule.code);
        assert_eq!(cloudsim_import::explain(&rule.code[2..]), Some(rule));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever happens to a dump on its way: an answer or a reason, never a panic, and what is answered loads.
    #[test]
    fn a_damaged_dump_is_read_or_refused(
        damages in prop::collection::vec((0..SHOP.len(), 0..40_usize, prop::sample::select(vec![
            "", "\n", ":", "- ", " ", "{", "}", "[", "\"", "'", "&a ", "*a", "|", "#", "\t",
            "---\n", "null", "0", "-1", "é", "kind: List\n", "items:\n",
        ])), 1..6),
        as_json in any::<bool>(),
    ) {
        let mut text = if as_json { serde_json_of(SHOP)[0].to_string() } else { SHOP.to_owned() };
        for (at, length, insert) in damages {
            let at = (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            let end = ((at + length).min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text.replace_range(at..end, insert);
        }
        match imported_with(&text, &Options::default()) {
            Ok(imported) => {
                let files = MemoryFiles::from([("shop.ron", imported.scenario.as_str())]);
                if let Err(problems) = load(&files, "shop.ron", &Overrides::default()) {
                    // What the API server would refuse may still be refused there, at its place; it is RON all the same.
                    prop_assert!(!problems.to_string().contains("CS0004"), "{problems}");
                }
            }
            Err(problems) => prop_assert!(!problems.problems.is_empty() && !problems.to_string().is_empty()),
        }
    }
}

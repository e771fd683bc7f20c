//! Real clusters and manifests lose a zone: what is said of them stands in `docs/clusters/`, beside the tale in
//! `docs/clusters.md`.
//!
//! The files are other projects' and not here. Where they are is said by `CLOUDSIM_CORPUS`;
//! `UPDATE_GOLDEN=1 CLOUDSIM_CORPUS=… cargo test -p cloudsim-cli --test clusters` writes the reports anew.

#![expect(clippy::print_stderr, reason = "a test says what it skips")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A name, what is imported, the nodes that manifests are given, and the zone that is lost.
struct Cluster {
    name: &'static str,
    files: &'static [&'static str],
    nodes: Option<&'static str>,
    zone: &'static str,
}

const CLUSTERS: [Cluster; 3] = [
    Cluster {
        name: "online-boutique",
        files: &["k8s-manifest/GoogleCloudPlatform__microservices-demo/release/kubernetes-manifests.yaml"],
        nodes: Some("3xt3.medium"),
        zone: "us-east-1a",
    },
    Cluster {
        name: "cockroachdb",
        files: &["k8s-manifest/kubernetes__examples/_archived/cockroachdb/cockroachdb-statefulset.yaml"],
        nodes: Some("6xm5.large"),
        zone: "us-east-1a",
    },
    Cluster {
        name: "nri-kubernetes",
        files: &[
            "cluster-dump/newrelic__nri-kubernetes/internal/testutil/data/1_35/namespaces.yaml",
            "cluster-dump/newrelic__nri-kubernetes/internal/testutil/data/1_35/nodes.yaml",
            "cluster-dump/newrelic__nri-kubernetes/internal/testutil/data/1_35/pods.yaml",
            "cluster-dump/newrelic__nri-kubernetes/internal/testutil/data/1_35/services.yaml",
        ],
        nodes: None,
        zone: "unknown",
    },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cloudsim(folder: &Path, args: &[&str]) -> (String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_cloudsim")).args(args).current_dir(folder).output();
    let ran = ran.expect("the program starts");
    let (text, talk) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{args:?}: {talk}");
    (text.into_owned(), talk.into_owned())
}

#[test]
fn the_reports_of_three_real_clusters_are_what_is_printed() {
    let Some(corpus) = std::env::var_os("CLOUDSIM_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: CLOUDSIM_CORPUS names no folder of manifests and dumps");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = std::fs::read_to_string(root().join("docs/clusters.md")).expect("the page is there");
    for Cluster { name, files, nodes, zone } in CLUSTERS {
        let mut import = vec!["import".to_owned(), "kubectl".into(), "-o".into(), format!("{name}.ron")];
        import.extend(["--name".to_owned(), name.to_owned()]);
        import.extend(nodes.into_iter().flat_map(|nodes| ["--nodes".to_owned(), nodes.to_owned()]));
        for file in files {
            let own = Path::new(file).file_name().expect("a file has a name");
            std::fs::copy(corpus.join(file), folder.path().join(own)).expect("a file of the corpus");
            import.push(own.to_string_lossy().into_owned());
        }
        let (_, notes) = cloudsim(folder.path(), &import.iter().map(String::as_str).collect::<Vec<_>>());
        let (notes, _) = notes.split_once("wrote ").expect("it says what it wrote");
        let fault = format!("zone:{zone}@1m+30m");
        let run = ["run", &format!("{name}.ron"), "--fault", &fault, "-o", "markdown"];
        let (report, _) = cloudsim(folder.path(), &run);
        let golden = root().join(format!("docs/clusters/{name}.md"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &report).expect("the report can be written");
            eprintln!("{notes}");
            continue;
        }
        let expected = std::fs::read_to_string(&golden).expect("the report is there");
        assert!(report == expected, "{name} changed.\n--- expected\n{expected}\n--- found\n{report}");
        assert!(page.contains(notes), "docs/clusters.md does not say of {name}:\n{notes}");
        assert!(page.contains(&format!("(clusters/{name}.md)")), "docs/clusters.md does not lead to {name}");
    }
}

#[test]
fn each_report_answers_what_a_person_asks_when_a_zone_dies() {
    for Cluster { name, .. } in CLUSTERS {
        let report = std::fs::read_to_string(root().join(format!("docs/clusters/{name}.md")));
        let report = report.expect("the report is there");
        assert!(report.contains("### Capacity"), "{name} does not say whether there is room");
    }
    let of = |name: &str| {
        std::fs::read_to_string(root().join(format!("docs/clusters/{name}.md"))).expect("the report is there")
    };
    assert!(of("cockroachdb").contains("| 2 | quorum |"), "what a quorum is");
    assert!(of("online-boutique").contains("| enough | cpu "), "whether there is room");
    assert!(
        of("nri-kubernetes").contains("node affinity not-existing=not-existing on 1 node"),
        "what is to blame"
    );
}

//! Every AWS service is one folder, is built, and says what it models and what it leaves out.

use cloudsim_tidy::{expect_none, root};
use std::fs;

#[test]
fn every_service_is_built_mapped_and_frank() {
    let services = root().join("crates/cloudsim-aws/src/services");
    let table = fs::read_to_string(services.join("mod.rs")).expect("the services have a table");
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a map");
    let mut count = 0;
    let mut breaches = Vec::new();
    for entry in fs::read_dir(&services).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !path.is_dir() {
            if name != "mod.rs" {
                breaches.push(format!("{name}: a service is a folder"));
            }
            continue;
        }
        count += 1;
        if !table.contains(&format!("pub mod {name};")) {
            breaches.push(format!("{name}: services/mod.rs does not build it"));
        }
        if !map.contains(&format!("[`{name}/`]")) {
            breaches.push(format!("{name}: ARCHITECTURE.md has no row for it"));
        }
        let text = fs::read_to_string(path.join("mod.rs")).unwrap_or_default();
        for heading in ["//! # Modelled", "//! # Left out"] {
            if !text.contains(heading) {
                breaches.push(format!("{name}: its mod.rs has no `{heading}`"));
            }
        }
    }
    expect_none("a service is not complete", &breaches);
    assert!(count >= 8, "only {count} services: the scan misses some");
}

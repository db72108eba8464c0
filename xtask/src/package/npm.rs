//! The npm packages as a clean checkout packs them.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::{output, program, root};

/// Without the folder that earlier builds left, `npm pack` holds every file that a package exports, and the licences.
pub(crate) fn packed(name: &str) -> Result<()> {
    let folder = root().join("packages").join(name);
    let built = folder.join("dist");
    if built.exists() {
        fs::remove_dir_all(built)?;
    }
    let listing = output(program("npm").args(["pack", "--dry-run", "--json"]).current_dir(&folder))?;
    let package = fs::read_to_string(folder.join("package.json"))?;
    let missing = missing(&serde_json::from_str(&listing)?, &serde_json::from_str(&package)?)?;
    ensure!(missing.is_empty(), "npm pack of {name} leaves out {}", missing.join(", "));
    println!("npm: the package {name} holds what it exports");
    Ok(())
}

fn missing(listing: &Value, package: &Value) -> Result<Vec<String>> {
    let files = listing[0]["files"].as_array().context("npm pack lists no files")?;
    let files: Vec<&str> = files.iter().filter_map(|file| file["path"].as_str()).collect();
    let exports = package["exports"].as_object().context("the package exports nothing")?;
    let targets =
        exports.values().flat_map(|export| export.as_object().into_iter().flat_map(|all| all.values()));
    let targets = targets.filter_map(Value::as_str).map(|target| target.trim_start_matches("./"));
    let named = package["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let named = named.filter(|name| name.contains('.'));
    let wanted = targets.chain(named).chain(["README.md", "LICENSE-APACHE", "LICENSE-MIT"]);
    Ok(wanted.filter(|target| !files.contains(target)).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_package_without_what_it_exports_is_found() {
        let package = json!({"exports": {".": {"types": "./dist/a.d.ts", "default": "./dist/a.js"}}});
        let always = ["README.md", "LICENSE-APACHE", "LICENSE-MIT", "dist/a.d.ts"];
        let listing = |files: &[&str]| {
            let files: Vec<Value> = files.iter().map(|path| json!({"path": path})).collect();
            json!([{"files": files}])
        };
        assert_eq!(missing(&listing(&always), &package).unwrap(), ["dist/a.js"]);
        assert!(missing(&listing(&[&always[..], &["dist/a.js"]].concat()), &package).unwrap().is_empty());
        assert!(missing(&json!([]), &package).is_err());
        let package = json!({"exports": {}, "files": ["dist", "LICENSE-*", "b.js"]});
        assert_eq!(missing(&listing(&always), &package).unwrap(), ["b.js"]);
    }
}

//! Compiles the contract without protoc.

#[path = "build/google_api.rs"]
mod google_api;

use std::path::{Path, PathBuf};

use protox::Compiler;
use protox::file::{ChainFileResolver, DescriptorSetFileResolver, GoogleFileResolver, IncludeFileResolver};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo:rerun-if-changed=roster");
    println!("cargo:rerun-if-changed=build");
    let out = output_folder()?;
    let compiler = compile()?;
    // Encoded by the compiler, because only that keeps the extension options.
    std::fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    let descriptors = compiler.file_descriptor_set();
    tonic_prost_build::configure()
        .include_file("contract.rs")
        .build_transport(false)
        .disable_comments(["."])
        .compile_fds(descriptors)?;
    Ok(())
}

fn compile() -> Result<Compiler, Failure> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(IncludeFileResolver::new(PathBuf::from(".")));
    resolver.add(GoogleFileResolver::new());
    resolver.add(google_api::Resolver);
    resolver.add(DescriptorSetFileResolver::decode(tonic_types::pb::FILE_DESCRIPTOR_SET)?);
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    for file in contract_files(Path::new("roster"))? {
        compiler.open_file(file)?;
    }
    Ok(compiler)
}

fn contract_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(contract_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script its folder in no other way")]
fn output_folder() -> Result<PathBuf, Failure> {
    Ok(PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?))
}

// Generates the client code from the contract and compiles everything into `made/`, when that is missing
// or older than its sources. buf and the google/api files come with the Python packages buf-bin and
// googleapis-common-protos; ROSTER_PYTHON names the Python that has them.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const contract = join(here, "../../proto/roster");
export const made = join(here, "made");

const imported = ["annotations", "http", "field_behavior", "httpbody"]
  .map((name) => `api/${name}.proto`)
  .concat("rpc/status.proto", "rpc/error_details.proto");

export function make() {
  if (isCurrent()) return;
  const fresh = mkdtempSync(join(here, "made-"));
  try {
    generate(fresh);
    compile(fresh);
    take(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function isCurrent() {
  const stamp = join(made, "stamp");
  if (!existsSync(stamp)) return false;
  const at = statSync(stamp).mtimeMs;
  return [contract, join(here, "src"), join(here, "package-lock.json")].every((place) => newest(place) < at);
}

function newest(place) {
  const { mtimeMs } = statSync(place);
  if (!statSync(place).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(place).map((name) => newest(join(place, name))));
}

function generate(fresh) {
  const python = process.env.ROSTER_PYTHON ?? "python3";
  const find = "import google.api, os, sys; print(os.path.dirname(google.api.__path__[0])); print(os.path.dirname(sys.executable))";
  const [google, programs] = execFileSync(python, ["-c", find], { encoding: "utf8" }).trim().split("\n");
  const module = join(fresh, "proto");
  cpSync(contract, join(module, "roster"), { recursive: true });
  for (const file of imported) cpSync(join(google, file), join(module, "google", file));
  const template = JSON.stringify({
    version: "v2",
    plugins: [
      { local: join(here, "node_modules/.bin/protoc-gen-es"), out: join(fresh, "src/generated"), opt: ["target=ts", "import_extension=js"] },
    ],
  });
  const own = join(programs, "buf");
  execFileSync(existsSync(own) ? own : "buf", ["generate", "--template", template], { cwd: module, stdio: "inherit" });
}

function compile(fresh) {
  cpSync(join(here, "src"), join(fresh, "src"), { recursive: true });
  cpSync(join(here, "tsconfig.json"), join(fresh, "tsconfig.json"));
  symlinkSync(join(here, "node_modules"), join(fresh, "node_modules"));
  execFileSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "--project", fresh], { stdio: "inherit" });
}

// Two programs may do it at once, with the same contract: whoever is later takes away the earlier one.
function take(fresh) {
  const done = join(fresh, "js");
  writeFileSync(join(done, "stamp"), "");
  const old = mkdtempSync(join(here, "made-"));
  try {
    if (existsSync(made)) renameSync(made, join(old, "made"));
    renameSync(done, made);
  } catch (error) {
    if (!existsSync(join(made, "stamp"))) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) make();

// Two jobs of a partner: bring people in from a CSV file, and ask who may use a product. ROSTER_ORIGIN and
// ROSTER_API_KEY say where and as whom. Each line printed is one JSON object.

import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

import { overGrpc, overWeb } from "./grpc.js";
import { type Import, ImportKind, Import_State as State } from "./generated/roster/imports/v1/import_service_pb.js";
import { overHttp } from "./http.js";
import { type Roster, idempotencyKey, refusal, watch } from "./roster.js";

const USAGE = `story import --organization organizations/… --kind LICENSE_INVITE [--product meet] people.csv
story check --organization organizations/… --email ann@example.com --product meet
  --over grpc|web|http   what carries it (grpc)
  --valid-rows           import the others when rows are in error
  --errors FILE          where rows in error go (errors.csv)
  --run NAME             another name imports the same file anew`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    over: { type: "string", default: "grpc" },
    organization: { type: "string", default: "" },
    kind: { type: "string", default: "" },
    product: { type: "string", default: "" },
    email: { type: "string", default: "" },
    run: { type: "string", default: "" },
    errors: { type: "string", default: "errors.csv" },
    "valid-rows": { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  const carriers = { grpc: overGrpc, web: overWeb, http: overHttp };
  const carrier = carriers[options.over as keyof typeof carriers];
  const [job, file] = positionals;
  const { ROSTER_ORIGIN: origin, ROSTER_API_KEY: key } = process.env;
  if (!carrier || !origin || !key) throw new Error(USAGE);
  const roster = carrier(origin, key);
  if (job === "import" && file) return importPeople(roster, file);
  if (job === "check") return check(roster);
  throw new Error(USAGE);
}

// Upload, look at the plan, accept exactly that plan, watch it being applied.
async function importPeople(roster: Roster, path: string): Promise<number> {
  const { organization, product, run } = options;
  const kind = ImportKind[options.kind as keyof typeof ImportKind];
  const content = new Uint8Array(readFileSync(path));
  const key = idempotencyKey("upload", organization, options.kind, product, run, content);
  const uploaded = await roster.upload({ organization, kind, product, name: basename(path), content, key });
  const plan = await follow(roster, uploaded.name);
  // An earlier run of the program came to its end.
  if (plan.state === State.SUCCEEDED) return 0;
  if (plan.state !== State.AWAITING_ACCEPTANCE) return 1;
  if (plan.counts?.errors && !options["valid-rows"]) {
    // Rows in error, with what is wrong; fixed, this very file can be uploaded.
    writeFileSync(options.errors, await roster.errors(plan.name));
    tell({ errors: options.errors });
    return 1;
  }
  await roster.accept(plan, options["valid-rows"], idempotencyKey("accept", plan.name, plan.etag));
  return (await follow(roster, plan.name)).state === State.SUCCEEDED ? 0 : 1;
}

// Asks whether the person with this e-mail may use the product now.
async function check(roster: Roster): Promise<number> {
  const user = await roster.userByEmail(options.organization, options.email);
  if (user === undefined) {
    tell({ entitled: false, reason: "NO_USER" });
    return 0;
  }
  const { entitled, reason } = await roster.entitlement(user, options.product);
  tell({ entitled, reason, user });
  return 0;
}

// Tells every change until the import rests, and returns it as it rests.
async function follow(roster: Roster, name: string): Promise<Import> {
  let current: Import | undefined;
  for await (current of watch(roster, name)) {
    const { $typeName: _, ...counts } = current.counts ?? { $typeName: "" };
    tell({ name, state: State[current.state], counts, seats_required: current.seatsRequired, seats_free: current.seatsFree });
  }
  if (current === undefined) throw new Error("a watch shows the import at least once");
  return current;
}

function tell(what: object): void {
  console.log(JSON.stringify(what));
}

process.exitCode = await main().catch((error) => {
  const { reason, ...rest } = refusal(error);
  tell({ refused: reason, ...rest });
  return 1;
});

// Members of an organization of better-auth: made and listed by 32 callers, in process, on PostgreSQL.
// Called as: node measure.mjs URL-OF-AN-EMPTY-DATABASE; prints {version, create, list}.
import { readFileSync } from "node:fs";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { organization } from "better-auth/plugins";
import pg from "pg";

const CALLERS = 32;
const SECONDS = 5;

const pool = new pg.Pool({ connectionString: process.argv[2], max: CALLERS });
const auth = betterAuth({
  baseURL: "http://127.0.0.1",
  secret: "a secret of the benchmark, and of nothing else",
  database: pool,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  plugins: [organization({ membershipLimit: 1_000_000 })],
  telemetry: { enabled: false },
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();

const context = await auth.$context;
const person = (number) =>
  context.internalAdapter.createUser({ email: `somebody.${number}@mail.example`, name: "Some Body", emailVerified: true });
const signedUp = await auth.api.signUpEmail({
  body: { email: "olivia@acme.example", password: "correct horse 7", name: "Olivia" },
  returnHeaders: true,
});
const headers = new Headers({ cookie: signedUp.headers.get("set-cookie").split(";")[0] });
const acme = await auth.api.createOrganization({ body: { name: "Acme", slug: "acme" }, headers });

// Calls a second, the drain of what is in flight included.
async function rate(call) {
  const began = performance.now();
  let calls = 0;
  const caller = async () => {
    while (performance.now() - began < SECONDS * 1000) await call(calls++);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (calls * 1000) / (performance.now() - began);
}

const create = await rate(async (number) => {
  const user = await person(number);
  const member = await auth.api.addMember({ body: { userId: user.id, organizationId: acme.id, role: "member" } });
  if (member?.userId !== user.id) throw new Error("no member was made");
});
const list = await rate(async () => {
  const page = await auth.api.listMembers({ query: { organizationId: acme.id, limit: 50 }, headers });
  if (page.members.length !== 50) throw new Error(`a page of ${page.members.length}`);
});
const { version } = JSON.parse(readFileSync(new URL("node_modules/better-auth/package.json", import.meta.url)));
console.log(JSON.stringify({ version, create, list }));
await pool.end();

// HTTP with JSON and nothing but fetch; generated code only reads the JSON into messages.

import { type DescMessage, type JsonValue, type MessageShape, fromJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

import { ListUsersResponseSchema } from "./generated/roster/identity/v1/user_service_pb.js";
import { ImportKind, ImportSchema, WatchImportResponseSchema } from "./generated/roster/imports/v1/import_service_pb.js";
import { CheckEntitlementResponseSchema } from "./generated/roster/license/v1/license_service_pb.js";
import { DEADLINE, Refused, type Roster } from "./roster.js";

export function overHttp(origin: string, apiKey: string): Roster {
  const send = async (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${apiKey}`;
    const signal = init.signal ?? AbortSignal.timeout(DEADLINE);
    const answer = await fetch(`${origin}/v1/${path}`, { ...init, signal, headers: { ...headers, authorization } }).catch(away);
    if (!answer.ok) throw refused(await answer.json());
    return answer;
  };
  const post = (path: string, key: string, type: string, body: BodyInit) =>
    send(path, { method: "POST", body }, { "content-type": type, "idempotency-key": key });
  return {
    async upload({ organization, kind, product, name, content, key }) {
      const query = new URLSearchParams({ kind: `IMPORT_KIND_${ImportKind[kind]}`, product, file_name: name });
      return read(ImportSchema, await post(`${organization}/imports:upload?${query}`, key, "text/csv", content));
    },
    async *changes(name, seen) {
      const signal = AbortSignal.timeout(30 * 60_000);
      const answer = await send(`${name}:watch?after_sequence=${seen}`, { signal }, { accept: "application/x-ndjson" });
      for await (const line of lines(answer)) {
        const change = JSON.parse(line);
        // A stream that ends early says why in its last line.
        if (change.error) throw refused(change);
        yield fromJson(WatchImportResponseSchema, change);
      }
    },
    async accept(plan, validRows, key) {
      const body = { etag: plan.etag, accept_mode: validRows ? "ACCEPT_MODE_VALID_ROWS" : "ACCEPT_MODE_UNSPECIFIED" };
      return read(ImportSchema, await post(`${plan.name}:accept`, key, "application/json", JSON.stringify(body)));
    },
    async errors(name) {
      return new Uint8Array(await (await send(`${name}:downloadErrors`)).arrayBuffer());
    },
    async userByEmail(organization, email) {
      const query = new URLSearchParams({ filter: `email = "${email}"` });
      return (await read(ListUsersResponseSchema, await send(`${organization}/users?${query}`))).users[0]?.name;
    },
    async entitlement(user, product) {
      const path = `${user}:checkEntitlement`;
      const headers = { "content-type": "application/json" };
      const answer = await send(path, { method: "POST", body: JSON.stringify({ product }) }, headers);
      return read(CheckEntitlementResponseSchema, answer);
    },
  };
}

async function read<M extends DescMessage>(schema: M, answer: Response): Promise<MessageShape<M>> {
  return fromJson(schema, (await answer.json()) as JsonValue);
}

// Whole lines; a connection that breaks in one is as one that breaks before it.
async function* lines(answer: Response): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const text of answer.body!.pipeThrough(new TextDecoderStream())) {
      const found = (rest + text).split("\n");
      rest = found.pop()!;
      yield* found;
    }
  } catch (error) {
    away(error);
  }
}

function away(error: unknown): never {
  throw new ConnectError(String(error), Code.Unavailable);
}

// {"error": {"code", "status", "message", "details": [{"@type": …}]}} (AIP-193)
function refused({ error }: any): Error {
  if (error.status === "UNAVAILABLE") return new ConnectError(error.message, Code.Unavailable);
  const details: any[] = error.details ?? [];
  const info = details.find((detail) => detail.reason) ?? {};
  const violations: any[] = details.flatMap((detail) => detail.fieldViolations ?? []);
  return new Refused({
    reason: info.reason ?? error.status,
    message: error.message,
    metadata: info.metadata ?? {},
    fields: Object.fromEntries(violations.map((bad) => [bad.field, bad.description])),
  });
}

// Speaks to Roster on its one port with one API key: over gRPC, over gRPC-Web as a page in a browser
// does, or over HTTP with JSON. What differs is in grpc.ts and http.ts; the rest is generated.

import { createHash } from "node:crypto";

import { Code, ConnectError } from "@connectrpc/connect";

import { BadRequestSchema, ErrorInfoSchema } from "./generated/google/rpc/error_details_pb.js";
import type { Import, ImportKind } from "./generated/roster/imports/v1/import_service_pb.js";
import type { CheckEntitlementResponse } from "./generated/roster/license/v1/license_service_pb.js";

// Milliseconds a call may take.
export const DEADLINE = 30_000;
// Bytes a chunk; a message may hold at most 64 KiB of a file.
export const CHUNK = 64 * 1024;

export interface File {
  organization: string;
  kind: ImportKind;
  product: string;
  name: string;
  content: Uint8Array<ArrayBuffer>;
  key: string;
}

// What a partner does with the contract, whatever carries it.
export interface Roster {
  upload(file: File): Promise<Import>;
  // Each change after `seen`, until the import rests.
  changes(name: string, seen: bigint): AsyncIterable<{ sequence: bigint; import?: Import | undefined }>;
  accept(plan: Import, validRows: boolean, key: string): Promise<Import>;
  errors(name: string): Promise<Uint8Array>;
  userByEmail(organization: string, email: string): Promise<string | undefined>;
  entitlement(user: string, product: string): Promise<CheckEntitlementResponse>;
}

// The same key for the same parts, so that a program run again after a crash repeats nothing: Roster keeps
// the answer to a key for 24 hours and gives it again instead of acting again.
export function idempotencyKey(...parts: (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    digest.update(`${bytes.length}:`).update(bytes);
  }
  return digest.digest("hex");
}

// How long to wait for a server that is not there: doubling, milliseconds.
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;

// The import now and at each change. A connection that breaks is taken up again after the last change seen.
export async function* watch(roster: Roster, name: string): AsyncGenerator<Import> {
  for (let seen = 0n, pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      for await (const change of roster.changes(name, seen)) {
        seen = change.sequence;
        pause = FIRST_PAUSE;
        if (change.import) yield change.import;
      }
      return;
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unavailable) throw error;
      // Uneven, so that all who lost one server do not come to the next at once.
      await new Promise((over) => setTimeout(over, pause * (0.5 + Math.random())));
    }
  }
}

// Why a call was refused (AIP-193): branch on `reason`, show `message`.
export interface Refusal {
  reason: string;
  message: string;
  metadata: Record<string, string>;
  fields: Record<string, string>;
}

// A refusal that came as JSON.
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

// Reads the details that travel with an error; a broken connection has none, only a code.
export function refusal(thrown: unknown): Refusal {
  if (thrown instanceof Refused) return thrown.refusal;
  const error = ConnectError.from(thrown);
  const info = error.findDetails(ErrorInfoSchema)[0];
  const violations = error.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations);
  return {
    reason: info?.reason ?? Code[error.code],
    message: error.rawMessage,
    metadata: info?.metadata ?? {},
    fields: Object.fromEntries(violations.map((bad) => [bad.field, bad.description])),
  };
}

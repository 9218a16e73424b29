// gRPC over HTTP/2, and gRPC-Web over fetch, with the code that is generated from the contract.

import { create } from "@bufbuild/protobuf";
import { type Interceptor, type Transport, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { UserService } from "./generated/roster/identity/v1/user_service_pb.js";
import {
  AcceptImportRequest_AcceptMode as AcceptMode,
  ImportService,
  type UploadImportRequest,
  UploadImportRequestSchema,
} from "./generated/roster/imports/v1/import_service_pb.js";
import { LicenseService } from "./generated/roster/license/v1/license_service_pb.js";
import { overHttp } from "./http.js";
import { CHUNK, DEADLINE, type File, type Roster } from "./roster.js";

export function overGrpc(origin: string, apiKey: string): Roster {
  const transport = createGrpcTransport({ baseUrl: origin, defaultTimeoutMs: DEADLINE, interceptors: [bearer(apiKey)] });
  const imports = createClient(ImportService, transport);
  return { ...calls(transport), upload: (file) => imports.uploadImport(parts(file)) };
}

// A browser cannot stream a request: files go up over HTTP.
export function overWeb(origin: string, apiKey: string): Roster {
  const transport = createGrpcWebTransport({ baseUrl: origin, defaultTimeoutMs: DEADLINE, interceptors: [bearer(apiKey)] });
  return { ...calls(transport), upload: overHttp(origin, apiKey).upload };
}

function bearer(apiKey: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${apiKey}`);
    return next(request);
  };
}

function calls(transport: Transport): Omit<Roster, "upload"> {
  const users = createClient(UserService, transport);
  const imports = createClient(ImportService, transport);
  const licenses = createClient(LicenseService, transport);
  return {
    changes: (name, afterSequence) => imports.watchImport({ name, afterSequence }, { timeoutMs: 30 * 60_000 }),
    accept(plan, validRows, key) {
      const acceptMode = validRows ? AcceptMode.VALID_ROWS : AcceptMode.UNSPECIFIED;
      // The key may also be the field request_id, as in `parts`.
      const headers = { "idempotency-key": key };
      return imports.acceptImport({ name: plan.name, etag: plan.etag, acceptMode }, { headers });
    },
    async errors(name) {
      const pieces: Uint8Array[] = [];
      for await (const piece of imports.downloadImportErrors({ name })) pieces.push(piece.data);
      return Buffer.concat(pieces);
    },
    async userByEmail(parent, email) {
      const found = await users.listUsers({ parent, filter: `email = "${email}"` });
      return found.users[0]?.name;
    },
    entitlement: (user, product) => licenses.checkEntitlement({ user, product }),
  };
}

async function* parts(file: File): AsyncGenerator<UploadImportRequest> {
  const { organization: parent, kind, product, name: fileName, key: requestId } = file;
  const start = { parent, kind, product, fileName, requestId };
  yield create(UploadImportRequestSchema, { part: { case: "start", value: start } });
  for (let offset = 0; offset < Math.max(file.content.length, 1); offset += CHUNK) {
    const data = file.content.subarray(offset, offset + CHUNK);
    const chunk = { offset: BigInt(offset), data, finish: offset + CHUNK >= file.content.length };
    yield create(UploadImportRequestSchema, { part: { case: "chunk", value: chunk } });
  }
}

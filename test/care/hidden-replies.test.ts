/** An endpoint that quotes what it was asked puts no restricted text into an error. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";

import { ModelError } from "../../lib/core/errors.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import { encodeCharacters, startFakeEndpoint } from "../models/fake-endpoint.ts";

const asked = "QXZMARKED is asked";

describe("an endpoint that quotes what it was asked", () => {
  for (const quotesRequest of ["error", "text"] as const) {
    for (const protocol of ["completions", "chat"] as const) {
      it(`as ${quotesRequest}, by ${protocol}, is not quoted where that is restricted`, async (test) => {
        const endpoint = await startFakeEndpoint({ quotesRequest });
        test.after(() => endpoint.close());
        const options = { encode: encodeCharacters, selfCheck: false, protocol, maximumRetries: 0 };
        const model = await connectModel(endpoint.url, options);
        const failureOf = (sensitivity: "public" | "restricted", kind: number): Promise<unknown> => {
          const calls = [
            () => model.generate([{ prompt: asked, maximumTokens: 4 }], { sensitivity }),
            () => model.embed([asked], { sensitivity }),
            () => model.logLikelihood([{ context: asked, continuations: ["x"] }], { sensitivity }),
          ];
          return calls[kind]!().catch((error: unknown) => error);
        };
        for (const kind of protocol === "chat" ? [0, 1] : [0, 1, 2]) {
          const failure = await failureOf("restricted", kind);
          assert.ok(failure instanceof ModelError);
          assert.match(failure.message, /What it said is not shown/u);
          assert.equal(failure.status, quotesRequest === "error" ? 422 : undefined);
          assert.doesNotMatch(inspect(failure, { depth: 9, showHidden: true }), /QXZ/u);
        }
        assert.match(inspect(await failureOf("public", 0), { depth: 9, showHidden: true }), /QXZ/u);
      });
    }
  }
});

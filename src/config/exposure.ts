/** The schemas of the client keys and of the certificate. */
import * as v from "valibot";
import { entryPath, findDuplicates } from "./duplicates.ts";
import { mapping, name, requiredText, secret, text } from "./fields.ts";

export const EXPOSURE_EXPECTED =
  "Expected `api_keys`, because other machines can reach this address; add a key for every client, or set `allow_anonymous: true` to allow access without a key";

/** Characters. A key of this length cannot be guessed over a network, and key generators make longer ones. */
const MIN_KEY_LENGTH = 16;

const apiKey = v.pipe(
  mapping({
    name,
    secret: v.nullish(
      v.pipe(
        secret,
        v.check(
          (value) => value === undefined || value.length >= MIN_KEY_LENGTH,
          `Expected a key of at least ${MIN_KEY_LENGTH} characters; to generate one, run: openssl rand -hex 24`,
        ),
      ),
    ),
    // The file is read before validation, and its content is then in `secret`.
    secret_file: v.nullish(text),
  }),
  v.check(
    (value) => (value.secret ?? value.secret_file ?? undefined) !== undefined,
    "Expected the key `secret` or `secret_file`",
  ),
  v.transform((value) => ({
    name: value.name,
    secret: value.secret ?? "",
    /** The file that the secret came from; undefined when the secret is in the configuration. */
    secretFile: value.secret_file ?? undefined,
  })),
  v.readonly(),
);

export const apiKeys = v.pipe(
  v.array(apiKey, "Expected a list of keys, each beginning with `- name:`"),
  v.rawCheck(({ dataset, addIssue }) => {
    for (const key of ["name", "secret"]) {
      for (const index of findDuplicates(dataset.value, key)) {
        addIssue({
          message: `Expected a unique ${key}; a key above already has this ${key}`,
          path: entryPath(index, key),
        });
      }
    }
  }),
  v.readonly(),
);

/** Both files are read and checked before validation. */
export const tls = v.pipe(
  mapping({ cert_file: requiredText, key_file: requiredText }),
  v.transform((value) => ({ certFile: value.cert_file, keyFile: value.key_file })),
  v.readonly(),
);

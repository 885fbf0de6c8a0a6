/**
 * The schema of `secret_command`, a command that prints the key of a provider.
 *
 *     secret_command: gcloud auth print-access-token          run by the shell
 *     secret_command: [op, read, "op://private/openai/key"]   run as it is
 *     secret_command: {command: …, timeout: 10s, lifetime: 5m}
 */
import * as v from "valibot";
import { readDocument, toValue } from "./document.ts";
import { duration, isMapping, mapping, requiredText } from "./fields.ts";

const EXPECTED = "Expected a command, a list of the command and its arguments, or a mapping with `command`";

const command = v.union(
  [requiredText, v.pipe(v.array(requiredText, EXPECTED), v.minLength(1, EXPECTED), v.readonly())],
  EXPECTED,
);

const detailed = mapping({
  command,
  timeout: v.nullish(duration, "10s"),
  lifetime: v.nullish(duration, "5m"),
});

const short = v.pipe(
  command,
  v.transform((value) => v.parse(detailed, { command: value })),
);

export const secretCommand = v.pipe(
  Object.assign(
    v.lazy((value) => (isMapping(value) ? detailed : short)),
    // For the JSON schema that editors use.
    { options: [command, detailed] },
  ),
  v.transform((value) => ({
    command: value.command,
    /** After that the command is ended. */
    timeoutMs: value.timeout,
    /** How long its key is used. */
    lifetimeMs: value.lifetime,
  })),
  v.readonly(),
);

/** The commands in the text of a configuration, as JSON, also those of disabled providers. Text with a syntax error has none. */
export function findSecretCommands(text: string): readonly string[] {
  const document = readDocument(text);
  const value = document.errors.length > 0 ? undefined : toValue(document);
  const providers = isMapping(value) && Array.isArray(value["providers"]) ? value["providers"] : [];
  return providers.flatMap((provider: unknown) => {
    const given = isMapping(provider) ? provider["secret_command"] : undefined;
    return given === undefined || given === null ? [] : [JSON.stringify(given)];
  });
}

export type SecretCommand = v.InferOutput<typeof secretCommand>;

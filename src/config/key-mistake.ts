/**
 * Recognizes what stands in the place of a key and is none: a variable in another language's syntax, a line of
 * an `.env` file, a placeholder.
 *
 * A message quotes the name of a variable only when it is written as names of variables usually are, because
 * anything else may be the key itself.
 */

/** Of shells, PowerShell, Windows' command line and templates. */
const OTHER_SYNTAX =
  /^(?:\$(?:env:)?([A-Za-z_]\w*)|%([A-Za-z_]\w*)%|\{\{\s*(?:env\.)?\$?([A-Za-z_]\w*)\s*\}\})$/;
const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_]\w*)=[^=]/;
const PLACEHOLDER = /^(?:<[^<>]*>|(?:sk-)?your[-_ ]?(?:api[-_ ]?)?(?:key|secret|token)(?:[-_ ]?here)?)$/i;
const USUAL_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
/** What stands before the key in a header. */
const SCHEME = /^(?:bearer|basic|token|key)\s+/i;

/** Why a value is no key, as the end of a sentence with the next step; undefined when it may be one. */
export function findKeyMistake(value: string): string | undefined {
  const key = value.trim().replace(SCHEME, "");
  const variable = OTHER_SYNTAX.exec(key);
  if (variable !== null) {
    const name = usual(variable[1] ?? variable[2] ?? variable[3] ?? "") ?? "NAME";
    return `write a variable as \`\${${name}}\`; if this is the key itself, put it in a \`secret_file\``;
  }
  const assigned = ASSIGNMENT.exec(key)?.[1];
  if (assigned !== undefined && usual(assigned) !== undefined)
    return `write only the key, without \`${assigned}=\``;
  if (PLACEHOLDER.test(key)) return "replace the placeholder with your key";
  return findBadReference(value);
}

/** `${…}` that is no reference to a variable: `${}`, `${NAME:-default}`, `${{ NAME }}`, or one that does not end. */
export function findBadReference(value: string): string | undefined {
  return /\$\{(?![A-Za-z_]\w*\})/.test(value)
    ? "expected only letters, digits and `_` between the braces of `${NAME}`"
    : undefined;
}

function usual(name: string): string | undefined {
  return USUAL_NAME.test(name) ? name : undefined;
}

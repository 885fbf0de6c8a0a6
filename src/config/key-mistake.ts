/**
 * Recognizes values that are not a key: a variable in another language's syntax, a line of an `.env` file, a placeholder.
 *
 * A message quotes the name of a variable only when it has the usual form of such names. Anything else may be the key itself.
 */

/** Variables of shells, PowerShell, the Windows command line and templates. */
const OTHER_SYNTAX =
  /^(?:\$(?:env:)?([A-Za-z_]\w*)|%([A-Za-z_]\w*)%|\{\{\s*(?:env\.)?\$?([A-Za-z_]\w*)\s*\}\})$/;
const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_]\w*)=[^=]/;
const PLACEHOLDER = /^(?:<[^<>]*>|(?:sk-)?your[-_ ]?(?:api[-_ ]?)?(?:key|secret|token)(?:[-_ ]?here)?)$/i;
const CONVENTIONAL_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
/** The word before the key in an Authorization header. */
const SCHEME = /^(?:bearer|basic|token|key)\s+/i;

/** The next step when a value is not a key, as the end of a sentence; undefined when it may be a key. */
export function findKeyMistake(value: string): string | undefined {
  const key = value.trim().replace(SCHEME, "");
  const variable = OTHER_SYNTAX.exec(key);
  if (variable !== null) {
    const name = conventionalName(variable[1] ?? variable[2] ?? variable[3] ?? "") ?? "NAME";
    return `write a variable as \`\${${name}}\`; if this is the key itself, put it in a \`secret_file\``;
  }
  const assigned = ASSIGNMENT.exec(key)?.[1];
  if (assigned !== undefined && conventionalName(assigned) !== undefined)
    return `write only the key, without \`${assigned}=\``;
  if (PLACEHOLDER.test(key)) return "replace the placeholder with your key";
  return findBadReference(value);
}

/** Reports a `${` that begins no variable reference: `${}`, `${NAME:-default}`, `${{ NAME }}`, or one without an end. */
export function findBadReference(value: string): string | undefined {
  return /\$\{(?![A-Za-z_]\w*\})/.test(value)
    ? "expected only letters, digits and `_` between the braces of `${NAME}`"
    : undefined;
}

function conventionalName(name: string): string | undefined {
  return CONVENTIONAL_NAME.test(name) ? name : undefined;
}

/**
 * Errors that the same request would get again, although their status says that it might succeed: no money left, or a
 * field that the host does not know.
 */
export const PERMANENT_ERROR =
  /insufficient_quota|billing|arrearage|exceeded your current quota|extra_forbidden|extra inputs are not permitted|unsupported parameter|validation error/i;

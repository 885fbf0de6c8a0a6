/**
 * Errors that a retry would get again, although their status suggests otherwise: no credit, or a field that
 * the provider does not know.
 */
export const PERMANENT_ERROR =
  /insufficient_quota|billing|arrearage|exceeded your current quota|extra_forbidden|extra inputs are not permitted|unsupported parameter|validation error/i;

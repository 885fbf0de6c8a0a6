/** Exit codes, for scripts and service managers. 75 and 78 are defined in sysexits.h. */
export const EXIT = { ok: 0, failure: 1, usage: 2, portTaken: 75, config: 78 } as const;

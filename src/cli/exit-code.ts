/** What the program ends with, for scripts and service managers; the high ones are those of sysexits.h. */
export const EXIT = { ok: 0, failure: 1, usage: 2, portTaken: 75, config: 78 } as const;

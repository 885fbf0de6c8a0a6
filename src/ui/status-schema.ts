/** What `server/proxy-status.ts` tells of the running program, for the commands and for the page. */
import * as v from "valibot";

/** Another version may be running, so unknown members are ignored. */
export const statusSchema = v.object({
  version: v.string(),
  /** Absent in older versions. */
  program: v.optional(v.object({ config: v.string(), processId: v.number(), startedAt: v.string() })),
  apps: v.optional(v.array(v.object({ name: v.string(), requests: v.number(), lastAt: v.string() })), []),
  /** What is spent of each limit, in words. */
  limits: v.optional(v.array(v.string()), []),
  disabled: v.optional(v.array(v.object({ name: v.string(), reason: v.string() })), []),
  providers: v.array(
    v.object({
      name: v.string(),
      models: v.nullable(v.number()),
      listError: v.nullable(v.object({ message: v.string(), at: v.string() })),
      basePath: v.nullable(v.string()),
      learnedFixes: v.array(
        v.object({
          model: v.string(),
          fix: v.string(),
          error: v.string(),
          learnedAt: v.string(),
          expiresAt: v.string(),
        }),
      ),
      // Absent in earlier versions.
      resting: v.nullish(
        v.array(
          v.object({
            model: v.nullable(v.string()),
            key: v.nullable(v.string()),
            failures: v.number(),
            error: v.string(),
            until: v.string(),
          }),
        ),
        [],
      ),
    }),
  ),
});

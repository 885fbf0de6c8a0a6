/**
 * The attempts at one target. Each attempt ends with a step: the reply, a changed request, a pause, another base path, the next
 * candidate, or the error. All requests for one client request share one budget.
 */
import { ProxyError } from "../chat/error.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { Exchange } from "../providers/exchange.ts";
import { headersOfKey, send } from "../providers/client.ts";
import { lacksApi, recognize, settleBase } from "../providers/discover.ts";
import { neverArrived } from "../providers/failure.ts";
import { isOfKey } from "../providers/health.ts";
import type { KeyHeaders } from "../providers/keys.ts";
import { type LearnedFix, MAX_FIXES, describeFix, withLearned } from "../providers/learned-fixes.ts";
import type { Budget } from "./budget.ts";
import { type Failure, decide, pauseBefore } from "./decide.ts";
import { type ModelNames, afterRetries, errorOf, named } from "./errors.ts";
import { learn } from "./learn.ts";
import { findPrices } from "../models/prices.ts";
import { type EncodedRequest, type Outgoing, effectiveFixes, outgoingRequest } from "./outgoing.ts";
import type { Recorder } from "./record.ts";
import { type Header, passedHeaders } from "./reply.ts";
import type { RequestContext } from "./services.ts";
import type { Target } from "./targets.ts";

/** How requests to one candidate are made, and how their replies are read. */
export interface Plan<R> {
  readonly mode: "relay" | "translate";
  /** Encodes the request with these options. Called once per attempt, and once more per learned option. */
  readonly encode: (options: ProviderOptions) => EncodedRequest<R>;
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** Whether clients get those headers of the provider that are meant for them. */
  readonly passesHeaders: boolean;
  /** Descriptions of the learned fixes that changed the request before it was encoded. */
  readonly fixes?: readonly string[];
}

/** A reply and the provider's headers that are meant for clients. */
export interface Answered<R> {
  readonly reply: R;
  readonly headers: readonly Header[];
}

/** The result of all attempts at one target. */
export type Result<R> =
  | ({ readonly type: "reply" } & Answered<R>)
  /** Another target may be tried. */
  | { readonly type: "next"; readonly error: ProxyError }
  /** `fix` was found in the error, but it does not change this request. */
  | { readonly type: "fail"; readonly error: ProxyError; readonly fix?: LearnedFix };

type Step<R> =
  | Result<R>
  | { readonly type: "fix"; readonly fix: LearnedFix }
  | { readonly type: "wait"; readonly ms: number }
  /** Something other than the request has changed: the base path, or the key that a command gives. */
  | { readonly type: "again" };

/** What the attempts at one target need of the client request. */
export interface AttemptContext {
  readonly context: RequestContext;
  readonly budget: Budget;
  /** Whether another target can be tried after the error. Then the failed one is not tried again. */
  readonly hasOther: (error: ProxyError) => boolean;
  /** What errors of the same client request have taught already. */
  readonly learned?: readonly LearnedFix[];
}

/** Sends the request to one target until it replies or gives up. Errors name the provider. */
export function attempt<R>(target: Target, plan: Plan<R>, attempting: AttemptContext): Promise<Result<R>> {
  return new TargetAttempts(target, plan, attempting).run();
}

class TargetAttempts<R> {
  readonly #target: Target;
  readonly #plan: Plan<R>;
  readonly #context: RequestContext;
  readonly #budget: Budget;
  readonly #hasOther: AttemptContext["hasOther"];
  readonly #names: ModelNames;
  /** Found in errors of this request. Stored for other requests when it succeeds. */
  #newFixes: readonly LearnedFix[];
  #tried = { retries: 0, emptyReplies: 0 };
  #hasRenewedKey = false;
  /** Records the result of the current attempt. */
  #endAttempt: ReturnType<Recorder["beginAttempt"]> = () => undefined;
  /** The last request whose error contained a fix. */
  #rejected: { readonly body: unknown; readonly error: ProxyError; readonly fix: LearnedFix } | undefined;

  constructor(target: Target, plan: Plan<R>, { context, budget, hasOther, learned = [] }: AttemptContext) {
    this.#newFixes = learned;
    this.#target = target;
    this.#plan = plan;
    this.#context = context;
    this.#budget = budget;
    this.#hasOther = hasOther;
    const { name, model } = target.listed;
    this.#names = { id: model.id, name: context.recorder.record.model ?? name };
  }

  async run(): Promise<Result<R>> {
    const { provider } = this.#target;
    const { recorder } = this.#context;
    const facts = { provider: provider.name, upstreamModel: this.#names.id, mode: this.#plan.mode };
    recorder.setCandidate(facts, () => findPrices(this.#target.listed.model, provider.address.host));
    for (;;) {
      const step = await this.#round();
      if (step.type === "wait") {
        if (step.ms > 0) await this.#context.services.runtime.sleep(step.ms, this.#context.signal);
      } else if (step.type === "fix") {
        const { fix, error } = step.fix;
        this.#newFixes = [...this.#newFixes, step.fix];
        recorder.changed({ type: "fix", fix: describeFix(fix), error });
      } else if (step.type !== "again") {
        if (step.type === "reply") learn(this.#target, this.#newFixes, this.#context);
        return step;
      }
    }
  }

  /** Sends one request. */
  async #round(): Promise<Step<R>> {
    const { provider } = this.#target;
    const { recorder, services, signal } = this.#context;
    const fixes = [...provider.state.fixes.get(this.#names.id), ...this.#newFixes];
    let configured = provider.optionsFor(this.#names.id);
    let request = this.#plan.encode(withLearned(configured, fixes));
    const { unsupportedParams } = configured;
    const isLossy = request.droppedParams.some((field) => !unsupportedParams.includes(field));
    // The program that the provider runs may accept them.
    if (isLossy && (await recognize(provider, services.runtime))) {
      configured = provider.optionsFor(this.#names.id);
      request = this.#plan.encode(withLearned(configured, fixes));
    }
    const options = withLearned(configured, fixes);
    const outgoing = outgoingRequest(request, provider, fixes);
    const optionFixes = effectiveFixes(request, fixes, (others) =>
      this.#plan.encode(withLearned(configured, others)),
    );
    recorder.set({
      droppedParams: outgoing.droppedParams,
      fixes: [...(this.#plan.fixes ?? []), ...optionFixes, ...outgoing.appliedFixes],
    });
    // The fix did not change this request, so it would be rejected again.
    if (this.#rejected !== undefined && this.#rejected.body === outgoing.call.body) {
      const { error, fix } = this.#rejected;
      return { type: "fail", error, fix };
    }
    this.#endAttempt = recorder.beginAttempt(provider.name, this.#names.id);
    const [basePath = ""] = provider.address.basePaths;
    let exchange: Exchange;
    let keyHeaders: KeyHeaders;
    try {
      keyHeaders = await headersOfKey(this.#target.key, provider);
      const call = { ...outgoing.call, basePath, keyHeaders, signal };
      exchange = await send(provider, call, services.runtime);
    } catch (error) {
      return this.#afterConnectionFailure(error);
    }
    const headers = this.#plan.passesHeaders ? passedHeaders(exchange.headers, provider.masker.text) : [];
    if (!exchange.ok)
      return this.#afterErrorStatus(exchange, outgoing, { basePath, options, headers, keyHeaders });
    const result = await request.read(exchange);
    if (result.type === "reply") {
      settleBase(provider, basePath, services.runtime);
      this.#endAttempt({ status: exchange.status });
      return { type: "reply", reply: result.reply, headers };
    }
    const error = named(result.error, provider, this.#names).with({ headers });
    if (lacksApi(error, exchange.headers) && this.#mayRelocate(basePath))
      return this.#relocate(exchange, error);
    const { hasBegun } = result;
    const step = this.#after({ stage: "reply", error, hasBegun }, exchange.status);
    if (step.type === "wait" && error.kind === "upstream-empty") this.#unstream(outgoing, error);
    return step;
  }

  /** The next request asks for the whole reply, because an empty stream does not give the reason. */
  #unstream({ value }: Outgoing, error: ProxyError): void {
    const { provider } = this.#target;
    const fix = value === undefined ? undefined : provider.api.requestFixes?.unstream(value);
    if (fix === undefined) return;
    const learnedAtMs = this.#context.services.runtime.now();
    this.#newFixes = [...this.#newFixes, { fix, error: error.message, learnedAtMs }];
  }

  #afterConnectionFailure(cause: unknown): Step<R> {
    if (!(cause instanceof ProxyError)) throw cause;
    return this.#after(
      { stage: "connection", error: cause, mayHaveArrived: !neverArrived(cause) },
      undefined,
    );
  }

  /** Looks for a fix in the error, then for the provider's advice on retrying. */
  async #afterErrorStatus(
    exchange: Exchange,
    outgoing: Outgoing,
    sent: {
      readonly basePath: string;
      readonly options: ProviderOptions;
      readonly headers: readonly Header[];
      readonly keyHeaders: KeyHeaders;
    },
  ): Promise<Step<R>> {
    const error = (await errorOf(exchange, this.#plan.decodeError, this.#names)).with({
      headers: sent.headers,
    });
    if (lacksApi(error, exchange.headers) && this.#mayRelocate(sent.basePath))
      return this.#relocate(exchange, error);
    const found = await this.#findFix(exchange, outgoing, sent.options);
    if (found !== undefined && this.#budget.hasRequests) {
      this.#budget.spend();
      this.#endAttempt({ status: exchange.status, reason: error.message });
      if (this.#rejected?.error.message === error.message) this.#forgetLastFix();
      const learnedAtMs = this.#context.services.runtime.now();
      const fix: LearnedFix = { fix: found, error: error.message, learnedAtMs };
      this.#rejected = { body: outgoing.call.body, error, fix };
      return { type: "fix", fix };
    }
    if (error.kind === "unauthorized" && this.#renewsKey(sent.keyHeaders)) {
      this.#endAttempt({ status: exchange.status, reason: error.message });
      return { type: "again" };
    }
    const advice = exchange.headers.get("x-should-retry");
    const shouldRetry = advice === null ? undefined : advice === "true";
    return this.#after({ stage: "status", error, shouldRetry }, exchange.status);
  }

  /** The provider gave the same error after the last fix, so the error had another reason. */
  #forgetLastFix(): void {
    this.#newFixes = this.#newFixes.map((last, index) =>
      index === this.#newFixes.length - 1 ? { ...last, fix: { ...last.fix, isOnce: true } } : last,
    );
  }

  /** The error with the last characters of the key when the provider has several. */
  #withKey(error: ProxyError): ProxyError {
    const { label } = this.#target.key;
    return label !== "" && isOfKey(error)
      ? error.with({ message: `${error.message} (key ${label})` })
      : error;
  }

  /** Whether a new run of the key's command may help. Once, because a key may lack a permission. */
  #renewsKey(rejected: KeyHeaders): boolean {
    if (this.#hasRenewedKey || !this.#budget.hasRequests) return false;
    this.#hasRenewedKey = true;
    if (!this.#target.key.renew(rejected)) return false;
    this.#budget.spend();
    return true;
  }

  #mayRelocate(basePath: string): boolean {
    return this.#budget.hasRequests && this.#target.provider.address.reject(basePath);
  }

  #relocate({ status }: Exchange, { message }: ProxyError): Step<R> {
    this.#budget.spend();
    this.#endAttempt({ status, reason: message });
    return { type: "again" };
  }

  async #findFix(exchange: Exchange, { value }: Outgoing, options: ProviderOptions) {
    const { requestFixes } = this.#target.provider.api;
    const mayTeach = FIXABLE_STATUSES.has(exchange.status) && this.#newFixes.length < MAX_FIXES;
    if (requestFixes === undefined || value === undefined || !mayTeach) return undefined;
    const fix = requestFixes.find(await exchange.text(), value, options);
    return fix?.onlyTranslated === true && this.#plan.mode === "relay" ? undefined : fix;
  }

  #after(described: Failure, status: number | undefined): Step<R> {
    const error = this.#withKey(described.error);
    const failure = { ...described, error };
    const { retries } = this.#tried;
    const pauseMs = pauseBefore(retries, this.#context.services.runtime.randomId());
    const decision = decide(failure, this.#tried, {
      pauseMs,
      allowsRetry: this.#budget.allowsRetry,
      hasOther: this.#hasOther(error),
    });
    const waitMs = decision.type === "wait" ? decision.ms : undefined;
    if (decision.type === "wait") this.#budget.spend();
    this.#endAttempt({ status, reason: error.message, waitMs });
    if (decision.type !== "wait") return { type: decision.type, error: afterRetries(error, retries + 1) };
    this.#tried = {
      retries: retries + 1,
      emptyReplies: this.#tried.emptyReplies + (error.kind === "upstream-empty" ? 1 : 0),
    };
    return decision;
  }
}

/** Statuses with which providers reject a parameter, or the API for a model (404). Some use 500. */
const FIXABLE_STATUSES: ReadonlySet<number> = new Set([400, 404, 413, 422, 500]);

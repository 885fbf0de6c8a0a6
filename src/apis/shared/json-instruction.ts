/** Requests JSON in the prompt, for providers without a field for it. */
import type { Message, OutputFormat } from "../../chat/request.ts";

export function inWords(format: OutputFormat): string {
  if (format.type === "json") return "Answer in JSON.";
  return `Answer in JSON that follows this JSON schema, with nothing around it: ${JSON.stringify(format.schema)}`;
}

/** Appended to the system message if there is one: some providers allow only one. */
export function withInstruction(messages: readonly Message[], text: string): readonly Message[] {
  const [first, ...rest] = messages;
  if (first?.role === "system") return [{ role: "system", text: `${first.text}\n\n${text}` }, ...rest];
  return [{ role: "system", text }, ...messages];
}

/** Whether a message contains the word. Some providers require it with the field for JSON. */
export function namesJson(messages: readonly Message[]): boolean {
  return messages.some((message) => /json/i.test(textOf(message)));
}

function textOf(message: Message): string {
  if (message.role === "system" || message.role === "assistant") return message.text;
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join(" ");
}

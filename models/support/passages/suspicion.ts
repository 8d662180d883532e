/**
 * What looks as if it spoke to the program that reads it: orders to forget its rules, roles, marks of a chat. It is a
 * second line. The first is that nothing an answer says is ever carried out, that product texts speak for their product
 * alone, and that only the asking user's orders are ever looked up; so what gets past these patterns is a quotation.
 */
const ORDERS = [
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|rule|prompt|above|previous|prior|guideline|polic)/i,
  /\b(?:ignorier|vergiss|missachte)\w*.{0,40}\b(?:anweisung|regel|vorherig|bisherig|prompt)/i,
  /\b(?:ignore[zr]?|oublie[zr]?)\b.{0,40}\b(?:instruction|consigne|r[eè]gle|pr[eé]c[eé]dent)/i,
  /\b(?:ignora|olvida)\w*.{0,40}\b(?:instruccion|regla|anterior)/i,
  /\b(?:system|developer)\s+(?:prompt|message|instruction)/i,
  /\b(?:reveal|print|repeat|show|output|leak)\b.{0,40}\b(?:prompt|your (?:instruction|rule)|secret|password|api.?key|token)/i,
  /\byou are (?:now|no longer)\b|\bact as (?:an?|the)\b|\bpretend (?:to be|you)\b|\bjailbreak|\bdeveloper mode\b/i,
  /\b(?:assistant|chatbot|language model|LLM|AI)\b.{0,40}\b(?:must|should|always|never|tell|say|answer|recommend)\b/i,
  /\b(?:tell|inform) (?:the|every|all) (?:user|customer|buyer|client)s?\b/i,
  /^\s*(?:system|assistant|user|human)\s*:/im,
  /<\|[^|]*\|>|\[\/?INST\]|<\/?(?:system|assistant|user|instructions?)>|###\s*(?:instruction|system)/i,
];

/** Ways out of the shop: they are not repeated from texts of products. */
const WAYS_OUT = /https?:\/\/|\bwww\.|[\w.+-]+@[\w-]+\.\w{2,}|(?:\+|00)\d[\d\s/-]{7,}\d/i;

const NAME_CHARS = 160;

export function isOrder(text: string): boolean {
  return ORDERS.some(pattern => pattern.test(text));
}

/** Whether a sentence of a product's text may be repeated. */
export function isSafeSentence(sentence: string): boolean {
  return !isOrder(sentence) && !WAYS_OUT.test(sentence);
}

/** Whether a product's title may be repeated. */
export function isSafeName(title: string): boolean {
  return title.length <= NAME_CHARS && !/[\n\r<>{}]/.test(title) && isSafeSentence(title);
}

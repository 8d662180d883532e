/**
 * Orders to whoever reads a text and answers: to forget what was said before, to be somebody else, to show what is hidden.
 * Of small letters, without accents, as `folded` has them; found with digits for letters, too.
 */
export const ORDERS: readonly RegExp[] = [
  // English
  /\b(?:ignore|ignoring|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|rule|prompt|above|previous|prior|guideline|polic)/su,
  /\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what)\b.{0,30}\b(?:before|so far|earlier|told|said|written)\b/su,
  /\b(?:reveal|print|repeat|show|output|leak)\b.{0,40}\b(?:prompt|your (?:instruction|rule)|secret|password|api.?key|token)/su,
  /\byou are (?:now|no longer)\b|\b(?:act|answer|reply|respond|speak|talk|behave) as (?:if you|an?|the)\b|\bpretend (?:to be|you)\b/u,
  /\bfrom (?:now|here|this (?:moment|point)) on\W+(?:you (?:are|will|must|shall|should|answer|reply|respond|act|speak|obey)|answer|reply|respond|act|speak|obey)\b/u,
  /\bjailbreak|\b(?:developer|admin|debug|god) mode\b/u,
  /\b(?:tell|inform) (?:the|every|all) (?:user|customer|buyer|client)s?\b/u,
  /\b(?:assistant|chatbot|language model)\b.{0,40}\b(?:must|should|always|never|tell|say|answer|recommend)\b/su,
  /\b(?:system|developer)\s+(?:message|instruction)|\bsystem[ -]?(?:prompt|nachricht|anweisung)|\bprompt (?:del?|du|di|do) (?:systeme|sistema)\b/u,
  // German
  /\b(?:ignorier|vergiss|vergesst|vergessen sie|missachte|ubergeh)\w*.{0,40}\b(?:anweisung|regel|vorgabe|vorherig|bisherig|vorig|prompt|oben|vorher|bisher|davor|zuvor)/su,
  /\b(?:ab (?:jetzt|sofort|nun)|von (?:nun|jetzt) an)\W+(?:bist du|sind sie|antworte|sprich|sprech|handel|verhalt)|\bdu bist (?:jetzt|nun|ab)\b/u,
  // French; of somebody who has forgotten something the verb looks the same
  /(?<!\b(?:ai|as|a|avons|avez|ont|avoir) )\b(?:ignore|oublie)[zr]?\b.{0,40}\b(?:instruction|consigne|regle|precede|ci-dessus|prompt)/su,
  /\b(?:ignore|oublie)[zr]? (?:tout )?ce (?:qui|que)\b|\b(?:tu es|vous etes) (?:maintenant|desormais)\b/u,
  /\b(?:desormais|dorenavant|a partir de maintenant)\W+(?:(?:tu|vous) (?:es|etes|reponds|repondez|agis|parles|dois|devez)|reponds|repondez|agis)\b/u,
  // Spanish, Portuguese, Italian
  /\b(?:ignor[ae]|olvid[ae])[dn]?\b.{0,40}\b(?:instruccion|regla|anterior|arriba|precede|prompt)/su,
  /\b(?:a partir de ahora|desde ahora|de ahora en adelante)\W+(?:eres|responde|actua|habla|debes|contesta)|\bahora eres\b/u,
  /\b(?:ignor[ae]|esquec[ae]|desconsidere)\b.{0,40}\b(?:instruc|regra|anterior|acima|prompt)|\ba partir de agora\W+(?:voce|tu|responda|responde)\b/su,
  /\b(?:ignora|dimentica)(?:te|re)?\b.{0,40}\b(?:istruzion|regol|precedent|precede|sopra|prima|prompt)/su,
  /\b(?:d['’ ]?ora in poi|da (?:adesso|ora)(?: in poi)?)\W+(?:sei|rispond|agisci|parla|devi)|\b(?:ora|adesso) sei (?:un|il|la|in)\b/u,
  // Dutch, Polish, Turkish
  /\b(?:negeer|vergeet)\b.{0,40}\b(?:instructie|regel|vorige|eerdere|hierboven|bovenstaand|prompt)|\bvanaf nu\W+(?:ben|antwoord|spreek)/su,
  /\b(?:z?ignoruj|zapomnij)\w*.{0,40}(?:instrukcj|polece|regu|zasad|poprzedni|powyz)/su,
  /(?:talimat|kural|yukaridaki|onceki).{0,40}(?:yok say|unut|gormezden gel|dikkate alma)/su,
  // Russian, Arabic
  /(?:игнориру|забудь|не обращай внимания).{0,40}(?:инструкц|правил|указани|выше|предыдущ|прежн)/su,
  /(?:отныне|с этого момента|теперь),?\s+ты(?!\p{L})|системн\p{L}+ (?:промпт|сообщени|инструкц)/u,
  /(?:تجاهل|انس).{0,40}(?:التعليمات|القواعد|السابق|أعلاه)/su,
  // Chinese, Japanese, Korean
  /(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不要理會).{0,20}(?:指令|指示|规则|規則|说明|說明|提示|以上|上面|上述|之前|先前|前面|一切)/su,
  /(?:从现在(?:开始|起)|從現在(?:開始|起)).{0,6}(?:你(?![们們])|回答|扮演)|你(?:现在|現在)是|(?:系统|系統)(?:提示|指令)/u,
  /(?:指示|命令|ルール|規則|プロンプト|上記|上の|前の|以前|これまで|今まで).{0,20}(?:無視|忘れ)/su,
  /(?:今から|これから|今後は?|以降は?).{0,6}(?:あなたは|君は|お前は|管理者)|あなたは(?:今から|これから)|システム(?:プロンプト|メッセージ)/u,
  /(?:지시|명령|규칙|위의|위 내용|이전|앞의|프롬프트).{0,20}(?:무시|잊)|(?:이제부터|지금부터).{0,6}(?:너는|넌|당신은|관리자)|시스템\s?(?:프롬프트|메시지)/su,
];

/** Of a chat, and names that are too short to be looked for with digits. */
export const MARKS: readonly RegExp[] = [
  /\b(?:llm|ai)\b.{0,40}\b(?:must|should|always|never|tell|say|answer|recommend)\b/su,
  /^\s*(?:system|assistant|user|human)\s*:/mu,
  /<\|[^|]*\|>|\[\/?inst\]|<\/?(?:system|assistant|user|instructions?)>|###\s*(?:instruction|system)/u,
];

/** Before what somebody is told to do: a beginning, or words that lead to one. */
const TOLD =
  '(?:^|[,:;.!?"“(–—-]\\s*|\\b(?:please|and|then|must|should|shall|will|always|never|now|you|just|only|simply|instead)\\s+)';

/**
 * Whoever answers is spoken to: told to answer, to say, to recommend, or called by what he is. A product's text has no
 * reason for that. It also finds what means no harm, and so is nothing to refuse a question by.
 */
export const SPEAKING: readonly RegExp[] = [
  /\b(?:answer|reply|respond|say)\b/u,
  new RegExp(
    `${TOLD}(?:tell|inform|mention|recommend|claim|state|pretend|repeat|translate|output|reveal|ignore|forget|disregard|act|obey|follow)\\b`,
    'u',
  ),
  new RegExp(
    `${TOLD}(?:dear |hey |note to (?:the |any )?)?(?:assistant|chatbot|bot|ai|llm|model|agent|system)\\s*[:,]`,
    'u',
  ),
  /\b(?:antworte|beantworte|erwidere|empfiehl|behaupte|erwahne)\w*|\b(?:sage?|sagen sie)\s+(?:dem|der|den|allen|jedem|immer|nie|nur|bitte|stets|dass)\b|\bempfehlen sie\b/u,
  /\b(?:repond(?:s|ez)|dites|pretend(?:s|ez)|mentionne[zr]?|recommande[zr]?)\b|\bdis (?:que|aux?|a|toujours)\b/u,
  /\b(?:respond[ae]\w*|contest[ae]\w*|rispond\w+|recomiend[ae]\w*|recomende|consiglia|antwoord\w*|zeg)\b|\b(?:di|diga|digan|diz|dica|dite) (?:que|che|al?|siempre|sempre)\b/u,
  /(?:ответь|отвечай|скажи|говори|сообщи|рекомендуй)/u,
  /回答|回复|回覆|告诉|告訴|请说|請說|答え|返答|言って|言え|伝え|대답|답변|답하|말하|말해/u,
];

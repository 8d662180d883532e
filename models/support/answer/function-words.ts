import { analyse } from '../../retrieval/analyse.ts';

/** Words that say how a sentence is built, not what it is about: of the languages in SPOKEN, with how questions begin. */
const WORDS = `
a about after all also am an and any are as at be been before being but by can could did do does doing for from get got
had has have having he her here hers him his how i if in into is it its just let like may me might mine more most much
must my need of off on once or our out over own per please same she should so some such than thank thanks that the
their them then there these they this those through to too under until up upon us very want was we were what when where
which while who whom why will with would you your yours hello hi hey tell know no not never cannot can't don't isn't there's what's i'm i'd i've it's long many possible
aber alle als also am an auch auf aus bei bin bis bitte da dann das dass dem den der des die dies diese diesem diesen
dieser dieses doch du durch ein eine einem einen einer eines er es etwas euch für gegen gibt haben habe hat hatte ich
ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja kann kannst können könnt mal man mein meine meinem meinen
meiner meines mich mir mit möchte muss nach noch nun nur ob oder sehr sein seine sich sie sind so soll sowie um und uns
unser vom von vor wann warum was wegen welche welchem welchen welcher welches wenn wer werden wie wieder will wir wird wo
wozu würde zu zum zur nicht kein keine keinen nie hallo danke lange viele möglich
ai alors au aux avec avez avoir bonjour ce cela ces cet cette ceux chez comme comment d dans de depuis des dois doit donc
du elle elles en es est et eu eux faire fait faut il ils j je l la le les leur leurs lui ma mais me merci mes moi mon même
n nos notre nous on où ou par peut peux plus pour pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa se
ses si son sont suis sur ta te tes toi ton tous tout toute toutes très tu un une vais veux voudrais vos votre vous y été ne pas jamais combien longtemps possible
a al algo ante antes bien como con cual cuál cuales cuando cuándo cuanto cuánto de del desde donde dónde durante e el ella
ellas ellos en entre era eres es esa ese eso esta está están este esto estos fue gracias ha hace hay he hola la las le les
lo los más me mi mis mucho muy nos nosotros o os para pero por porque puede puedo pueden que qué quien quién quiero se
sea según ser si sí sin sobre son soy su sus también te tengo ti tiene todo tu tus un una uno unos usted ustedes y ya yo nunca cuántos cuántas posible
`;

const FUNCTION_WORDS: ReadonlySet<string> = new Set(analyse(WORDS));

/** The terms of a text that say what it is about, each once. */
export function contentTerms(text: string): string[] {
  return [...new Set(analyse(text))].filter(term => !FUNCTION_WORDS.has(term));
}

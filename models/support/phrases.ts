import type { Spoken } from './language.ts';

interface Phrases {
  /** What is said where the question goes to a person. */
  readonly handedOver: string;
  /** What is said where only texts in another language answer; its name, and a person reads them. */
  readonly otherLanguage: (language: string) => string;
  /** What is said to an attempt to give orders. */
  readonly refused: string;
  readonly bought: (what: string, when: string) => string;
  readonly returned: (what: string, when: string) => string;
  readonly paid: (what: string, price: string) => string;
  readonly costs: (what: string, price: string) => string;
  readonly available: (what: string) => string;
  readonly unavailable: (what: string) => string;
  readonly noOrders: string;
}

/** All that Temper says in its own words; everything else is the shop's. */
export const PHRASES: Record<Spoken, Phrases> = {
  en: {
    handedOver: 'I have not found this in what I may rely on, so I pass your question on to a colleague.',
    otherLanguage: language =>
      `What I have found on this is not in English (its language: ${language}), so I pass your question on to a colleague.`,
    refused: 'I only answer questions about this shop, its products and your own orders.',
    bought: (what, when) => `You bought ${what} on ${when}.`,
    returned: (what, when) => `You sent back ${what} on ${when}.`,
    paid: (what, price) => `You paid ${price} for ${what}.`,
    costs: (what, price) => `${what} costs ${price}.`,
    available: what => `${what} is available.`,
    unavailable: what => `${what} is not available at the moment.`,
    noOrders: 'There are no orders of yours that I know of.',
  },
  de: {
    handedOver: 'Das habe ich in meinen Quellen nicht gefunden; ich gebe Ihre Frage an eine Kollegin weiter.',
    otherLanguage: language =>
      `Dazu habe ich etwas gefunden, aber nicht auf Deutsch (Sprache: ${language}); ich gebe Ihre Frage an eine Kollegin weiter.`,
    refused: 'Ich beantworte nur Fragen zu diesem Shop, seinen Produkten und Ihren eigenen Bestellungen.',
    bought: (what, when) => `Sie haben ${what} am ${when} gekauft.`,
    returned: (what, when) => `Sie haben ${what} am ${when} zurückgeschickt.`,
    paid: (what, price) => `Sie haben ${price} für ${what} bezahlt.`,
    costs: (what, price) => `${what} kostet ${price}.`,
    available: what => `${what} ist lieferbar.`,
    unavailable: what => `${what} ist zurzeit nicht lieferbar.`,
    noOrders: 'Von Ihnen sind mir keine Bestellungen bekannt.',
  },
  fr: {
    handedOver: 'Je ne l’ai pas trouvé dans mes sources ; je transmets votre question à un collègue.',
    otherLanguage: language =>
      `Ce que j’ai trouvé n’est pas en français (langue : ${language}) ; je transmets votre question à un collègue.`,
    refused: 'Je réponds seulement aux questions sur cette boutique, ses produits et vos propres commandes.',
    bought: (what, when) => `Vous avez acheté ${what} le ${when}.`,
    returned: (what, when) => `Vous avez renvoyé ${what} le ${when}.`,
    paid: (what, price) => `Vous avez payé ${price} pour ${what}.`,
    costs: (what, price) => `${what} coûte ${price}.`,
    available: what => `${what} est disponible.`,
    unavailable: what => `${what} n’est pas disponible en ce moment.`,
    noOrders: 'Je ne connais aucune commande de votre part.',
  },
  es: {
    handedOver: 'No lo he encontrado en mis fuentes; paso su pregunta a un compañero.',
    otherLanguage: language =>
      `Lo que he encontrado no está en español (idioma: ${language}); paso su pregunta a un compañero.`,
    refused: 'Solo respondo a preguntas sobre esta tienda, sus productos y sus propios pedidos.',
    bought: (what, when) => `Usted compró ${what} el ${when}.`,
    returned: (what, when) => `Usted devolvió ${what} el ${when}.`,
    paid: (what, price) => `Usted pagó ${price} por ${what}.`,
    costs: (what, price) => `${what} cuesta ${price}.`,
    available: what => `${what} está disponible.`,
    unavailable: what => `${what} no está disponible en este momento.`,
    noOrders: 'No conozco ningún pedido suyo.',
  },
};

/** A day as it is written in the language, UTC. */
export function dayIn(language: Spoken, at_ms: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(at_ms);
}

/** A price as it is written in the language; what is no currency's code stands behind the number. */
export function priceIn(language: Spoken, price: number, currency: string | undefined): string {
  if (currency !== undefined && /^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat(language, { style: 'currency', currency })
      .format(price)
      .replace(/[\u00a0\u202f]/g, ' ');
  }
  return [price.toFixed(2), currency].filter(Boolean).join(' ');
}

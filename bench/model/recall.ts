/**
 * What the model is told and asked: names nobody trained it on, other facts, and corrections. Plain wordings ("My name is",
 * "I meant ..., not ...") stand in the training text, too; the names never do.
 */
export interface RecallChat {
  readonly group: 'names' | 'facts' | 'corrections' | 'two people'
  readonly kind: string
  /** Turns of other talk between telling and asking. */
  readonly distance: number
  readonly telling: readonly string[]
  readonly question: string
  /** What a right answer holds, whatever the case of its letters. */
  readonly expected: string
  /** What a wrong answer holds: the value before a correction, or somebody else's. */
  readonly unexpected?: string
}

const longestDistance = 6

const nameTellings = [
  (name: string) => `My name is ${name}`,
  (name: string) => `Hello, I'm ${name} and I'm new here.`,
  (name: string) => `Hi! You may call me ${name}.`,
  (name: string) => `Good evening, my name is ${name}.`,
  (name: string) => `I'm ${name}, by the way.`,
]
const nameQuestions = [
  'What is my name?',
  'Can you still tell me my name?',
  'So what am I called?',
  'do you know my name?',
]

/** Each name once, at each distance in turn. */
export function nameChats(names: readonly string[]): RecallChat[] {
  return names.map((name, index) => ({
    group: 'names',
    kind: 'name',
    distance: index % (longestDistance + 1),
    telling: [at(nameTellings, index)(name)],
    question: at(nameQuestions, Math.floor(index / nameTellings.length)),
    expected: name,
  }))
}

interface Kind {
  readonly kind: string
  readonly values: readonly string[]
  readonly tell: readonly ((value: string) => string)[]
  readonly ask: readonly string[]
  readonly correct: readonly ((value: string, before: string) => string)[]
}

const kinds: readonly Kind[] = [
  {
    kind: 'city',
    values:
      'Valparaiso,Ghent,Tromso,Nagoya,Windhoek,Salzburg,Cork,Medellin,Aleppo,Bologna,Sheffield,Omaha,Kumasi,Surabaya,Leipzig,Granada,Tulsa,Ankara,Bilbao,Heraklion'.split(
        ',',
      ),
    tell: [
      value => `I live in ${value}.`,
      value => `My home is ${value}, a beautiful place.`,
      value => `These days I live in ${value}.`,
    ],
    ask: ['Where do I live?', 'Which city is my home?', 'Do you remember which city I live in?'],
    correct: [
      (value, before) => `Sorry, not ${before}, I live in ${value}.`,
      value => `Actually, I moved to ${value} in spring.`,
      value => `No, I live in ${value}.`,
    ],
  },
  {
    kind: 'colour',
    values:
      'magenta,amber,lilac,khaki,scarlet,ochre,mauve,cobalt,emerald,coral,burgundy,cyan,mustard,salmon,sapphire,taupe,fuchsia,bronze,mint,plum'.split(
        ',',
      ),
    tell: [
      value => `My favourite colour is ${value}.`,
      value => `My favorite color is ${value}`,
      value => `You should know that my favourite colour is ${value}.`,
    ],
    ask: ['What is my favourite colour?', "What's my favorite color?", 'Which colour is my favourite?'],
    correct: [
      value => `No, my favourite colour is ${value}.`,
      (value, before) => `I meant ${value}, not ${before}.`,
      value => `I changed my mind: my favourite colour is ${value}.`,
    ],
  },
  {
    kind: 'pet',
    values:
      'Biscuit,Snorri,Pumpernickel,Waldo,Muffin,Tiberius,Pickles,Zorro,Nutmeg,Barnaby,Fizz,Kibbles,Marzipan,Loki,Truffle,Smokey,Bandit,Pebbles,Ozzie,Cleo'.split(
        ',',
      ),
    tell: [
      value => `I have a cat called ${value}.`,
      value => `My cat's name is ${value}.`,
      value => `We have a cat at home and her name is ${value}.`,
    ],
    ask: ["What is my cat's name?", 'What is my cat called?', 'Do you remember the name of my cat?'],
    correct: [
      value => `No, my cat's name is ${value}.`,
      (value, before) => `She isn't called ${before}, she is called ${value}.`,
      value => `Oops, I meant ${value}.`,
    ],
  },
  {
    kind: 'job',
    values:
      'beekeeper,geologist,seamstress,bricklayer,dermatologist,shepherd,auctioneer,puppeteer,welder,astronomer,sommelier,stenographer,blacksmith,zoologist,upholsterer,cartographer,chauffeur,glassblower,hairdresser,sculptor'.split(
        ',',
      ),
    tell: [
      value => `I work as ${a(value)}.`,
      value => `I'm ${a(value)} by trade.`,
      value => `I have been ${a(value)} for ten years.`,
    ],
    ask: ['What is my job?', 'What do I do for a living?', 'What do I work as?'],
    correct: [
      value => `No, I work as ${a(value)}.`,
      (value, before) => `I'm not ${a(before)}, I'm ${a(value)}.`,
      value => `Actually, I'm ${a(value)}.`,
    ],
  },
  {
    kind: 'number',
    values: '17,4093,88,731,26,950,3,6612,45,209,71,1384,62,577,94,8,3056,118,39,240'.split(','),
    tell: [
      value => `My lucky number is ${value}.`,
      value => `Please remember that my lucky number is ${value}.`,
      value => `my lucky number is ${value}`,
    ],
    ask: ['What is my lucky number?', "What's my lucky number?", 'Which number is my lucky number?'],
    correct: [
      value => `No, my lucky number is ${value}.`,
      (value, before) => `I meant ${value}, not ${before}.`,
      value => `Sorry, it is ${value}.`,
    ],
  },
]

/** Each value of each kind once. */
export function factChats(): RecallChat[] {
  return kinds.flatMap(({ kind, values, tell, ask }) =>
    values.map(
      (value, index): RecallChat => ({
        group: 'facts',
        kind,
        distance: index % (longestDistance + 1),
        telling: [at(tell, index)(value)],
        question: at(ask, Math.floor(index / tell.length)),
        expected: value,
      }),
    ),
  )
}

/** A value told, another put in its place, and the question, in wordings that all meet each other; names first, then the other kinds. */
export function correctionChats(names: readonly string[]): RecallChat[] {
  const name: Kind = {
    kind: 'name',
    values: names.slice(0, 50),
    tell: nameTellings,
    ask: nameQuestions,
    correct: [
      value => `No, my name is ${value}.`,
      (value, before) => `It's ${value}, not ${before}!`,
      value => `Sorry, that was a typo: I'm ${value}.`,
      value => `I'd rather be called ${value}.`,
    ],
  }
  return [name, ...kinds].flatMap(({ kind, values, tell, ask, correct }) =>
    values.slice(0, kind === 'name' ? 50 : 10).map((before, index): RecallChat => {
      const value = at(values, index + 7)
      const round = Math.floor(index / 3)
      return {
        group: 'corrections',
        kind,
        distance: index % 3,
        telling: [at(tell, round)(before), at(correct, index + round)(value, before)],
        question: at(ask, index + 2 * round),
        expected: value,
        unexpected: before,
      }
    }),
  )
}

/** Two people of one chat, who must not be mixed up: now the first is asked for, now the second. */
export function peopleChats(names: readonly string[]): RecallChat[] {
  const people = ['brother', 'sister', 'daughter', 'boss', 'neighbour'] as const
  return Array.from({ length: 25 }, (_, index): RecallChat => {
    const [one, other] = [at(people, index), at(people, index + 1 + (index % 3))]
    const [name, otherName] = [at(names, 2 * index), at(names, 2 * index + 1)]
    const first = index % 2 === 0
    return {
      group: 'two people',
      kind: 'relative',
      distance: index % 4,
      telling: [`My ${one} is called ${name}.`, `My ${other}'s name is ${otherName}.`],
      question: `What is my ${first ? one : other}'s name?`,
      expected: first ? name : otherName,
      unexpected: first ? otherName : name,
    }
  })
}

const a = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`

function at<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T
}

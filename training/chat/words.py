"""Words to put into made-up chats: real ones, and ones that nobody has ever read, so that they can only be copied.

No name of the evaluation is ever made here.
"""
import random

import held_out

NAMES = """Alice Bob Carol David Emma Frank Grace Henry Ivy Jack Kate Liam Mia Noah Olivia Paul Quinn Rosa Sam Tina Uma Victor Wendy
Xavier Yara Zoe Ahmed Aisha Akira Amara Anders Anika Antonio Arjun Astrid Beatriz Bjorn Bruno Camila Carlos Chen Chidi Chloe Clara Daniel
Dario Diego Dmitri Elena Elias Elif Enzo Erik Esther Fatima Felix Fiona Gabriel Giulia Hana Hannah Hassan Helena Hiro Hugo Ibrahim Ingrid
Isabel Ivan Jamal James Jin Joana Jonas Jorge Julia Kai Karim Kenji Kofi Lars Laura Layla Leo Lena Lin Lucas Lucia Luis Maja Marco Maria
Marta Mateo Maya Mei Milan Mohammed Nadia Naomi Nina Nora Omar Oscar Pablo Pedro Petra Priya Rafael Rania Ravi Rita Robert Ruth Sana Sara
Simon Sofia Stefan Sven Tariq Teresa Thomas Tomas Vera Viktor Wei Yuki Yusuf Zara Aaron Abigail Adam Adrian Agnes Alan Albert Alex Alexander
Alfred Amelia Amy Andrea Andrew Angela Anna Anne Anthony Arthur Ashley Austin Barbara Ben Benjamin Bernard Beth Bill Brandon Brian Bridget
Caleb Cameron Caroline Catherine Cecilia Charles Charlotte Chris Christian Christina Christopher Claire Claudia Colin Connor Craig Daisy
Dana Danielle Darren Dean Deborah Dennis Diana Dominic Donald Donna Dorothy Douglas Dylan Edith Edward Edwin Eleanor Elizabeth Ella Ellen
Elliot Emily Eric Erin Ethan Eugene Eva Evan Evelyn Faith Finn Florence Gary George Georgia Gerald Gina Glen Gloria Gordon Graham Greg Gustav
Harold Harriet Harry Hazel Heather Heidi Helen Holly Howard Ian Igor Irene Iris Isaac Isabella Jacob Jade Jan Jane Janet Jasmine Jason Jean
Jeff Jenna Jennifer Jenny Jeremy Jerome Jess Jessica Jill Jim Joan Joe Joel Johanna John Jonathan Jordan Joseph Joshua Joy Joyce Juan Judith
Julian Justin Karen Karl Katherine Kathleen Katie Keith Kelly Ken Kevin Kim Kirsten Kurt Kyle Lara Larry Lauren Lea Leah Leila Leon Leonard
Lewis Lily Linda Lisa Logan Lois Louis Louise Lucy Luke Luna Lydia Mabel Manuel Marc Margaret Marie Marina Mark Martin Mary Mason Matthew
Maurice Max Megan Melanie Melissa Meredith Michael Michelle Miguel Mike Mila Miles Miriam Mona Monica Morgan Nancy Natalie Nathan Neil Nick
Nicole Nigel Nikita Noel Norman Olga Oliver Owen Pamela Patricia Patrick Paula Pauline Peggy Perry Peter Philip Phoebe Pierre Rachel Ralph
Ramona Raymond Rebecca Regina Rex Ricardo Richard Robin Roger Roland Roman Ronald Rosie Ross Roy Russell Ryan Sabrina Sally Samantha Samuel
Sandra Scott Sean Serena Shane Sharon Sheila Silvia Sonia Sophie Stella Stephen Steve Stuart Susan Sylvia Tara Ted Terry Theo Tim Toby Todd
Tom Tony Tracy Tyler Ursula Valerie Vanessa Veronica Vincent Violet Virginia Vivian Walter Warren Wayne Wesley William Yvonne Zach Aditi
Ananya Anjali Deepak Divya Kavya Kiran Lakshmi Meera Neha Nikhil Pooja Rahul Rohan Sanjay Shreya Sunita Suresh Vijay Abebe Adwoa Ama Chinedu
Chioma Femi Jabari Kwame Lindiwe Mandla Nia Sipho Thandi Zanele Zuri Abdul Ali Amina Bilal Farah Hamza Huda Khalid Leyla Mina Nasser Noor
Rashid Salma Samir Soraya Yasmin Zainab Bao Hao Huan Jing Lan Linh Mai Minh Ming Quang Thuy Xin Yan Ying Aiko Daichi Emi Haru Kaori Keiko
Kenta Mariko Naoki Ren Ryo Sakura Satoshi Sora Yoko Eun Hyun Jae Ji Min Seo Soo Andrzej Bartek Ewa Jakub Kasia Marek Pawel Piotr Tomasz
Zofia Anton Boris Galina Irina Katya Lev Natasha Oleg Pavel Sasha Sergei Vladimir Yuri Agneta Birgit Dieter Elke Franz Fritz Gerda Greta
Hans Heinz Helga Jurgen Klaus Lotte Manfred Otto Rolf Sabine Uwe Wilma Aoife Brendan Declan Kieran Maeve Nuala Rory Sinead Angus Callum
Ewan Fergus Hamish Isla Iona Alba Alejandro Alma Ana Carmen Cristina Dolores Emilio Esperanza Fernando Gonzalo Ines Javier Jose Leticia
Lola Mariana Paz Pilar Raul Rocio Roberto Rodrigo Santiago Tomaso Alessandro Bianca Chiara Dante Federica Gianni Lorenzo Luca Matteo Paolo
Pietro Rocco Silvana Amelie Antoine Camille Celine Chantal Colette Denis Elodie Etienne Fabien Gilles Jacques Laurent Luc Margaux Mathieu
Noemie Odette Pascal Remy Simone Sylvie Thierry Yves""".split()

_STARTS = 'b bl br c ch cl cr d dr f fl fr g gl gr h j k kh kl kr l ll m n ng p ph pl pr q r rh s sc sh sk sl sm sn sp st t th tr ts v w wh x y z'.split()
_VOWELS = 'a a a e e e i i i o o u u y ae ai au ea ee ei eo ia ie io oa oe oo ou ua ui'.split()
_ENDS = ['', '', '', '', *'b ck d f g l ll lm ld m n n n nd ng nk nn nt p r r rd rk rn rt s s sh ss st t th tt v x z'.split()]


def syllables(count: int) -> str:
    return ''.join(random.choice(_STARTS if at or random.random() < 0.75 else ['']) + random.choice(_VOWELS) + (random.choice(_ENDS) if random.random() < 0.4 or at == count - 1 else '') for at in range(count))


def letter_chain(samples: list[str]) -> dict[str, list[str]]:
    """Which letter follows which two, in these words; `^` before, `$` behind."""
    chain: dict[str, list[str]] = {}
    for sample in samples:
        text = '^^' + sample.lower() + '$'
        for at in range(len(text) - 2):
            chain.setdefault(text[at : at + 2], []).append(text[at + 2])
    return chain


_CHAIN = letter_chain([name for name in NAMES if len(name) > 3])


def chained() -> str:
    """A name that sounds like one, by the letters of real names."""
    text = '^^'
    while len(text) < 16:
        letter = random.choice(_CHAIN[text[-2:]])
        if letter == '$':
            break
        text += letter
    return text[2:] if len(text) > 5 else chained()


def name() -> str:
    """One in five is real: the model must copy, and may not merely remember."""
    kind = random.random()
    if kind < 0.2:
        made = random.choice(NAMES)
    elif kind < 0.6:
        made = chained().capitalize()
    elif kind < 0.92:
        made = syllables(random.choice([1, 2, 2, 3, 3, 4])).capitalize()
    else:
        made = ''.join(random.choice('abcdefghijklmnopqrstuvwxyz') for _ in range(random.randint(4, 8))).capitalize()
    return name() if made.lower() in held_out.NAMES or not 2 <= len(made) <= 14 else made


def word() -> str:
    """A word without a meaning."""
    made = syllables(random.choice([1, 2, 2, 3])) if random.random() < 0.7 else chained()
    return word() if made in held_out.NAMES else made


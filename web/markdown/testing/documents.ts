/** Documents that between them hold every construct, also half-written and nested ones. */
export const documents: readonly string[] = [
  '# One\n\nTwo *three* **four _five_** ~~six~~ `seven`\n===\nunder\n---\n\n***\n\n## Last ##\n',
  '- a\n- b\n  - c\n\n    d\n  - e\n- [ ] todo\n- [x] done\n\n1. one\n2. two\n   ```ts\n   const a = 1\n\n   b()\n   ```\n3) other\n',
  '```python\ndef f():\n\treturn 1\n\n```\ntext\n~~~\nunclosed\n\n    indented\n',
  '    code\n\n    more\n\n\ttab\n> quote\nlazy\n> - item\n>\n> - loose\n\n> > > deep\n',
  'before\n| a | b |\n|:--|--:|\n| 1 | `2 \\| 3` |\n| **x** | [l](https://a.example) | extra |\nshort\n\nafter | not\n',
  'Inline $x^2$ and \\(y\\) and $$z$$; costs $5 and $10.\n\n$$\n\\frac{a}{b}\n$$\n\n\\[ a = b \\]\n\n$$ open\n\nend',
  '[ref], [text][REF], ![img](https://i.example/x.png "t"), <https://b.example>, www.c.example, d@e.example\n\n[ref]: https://f.example "title"\n[bad]: javascript:alert(1)\n',
  '$$\nx\n$$ and so on\nfor long.\n\n\\[\na = b\n\\], where a is the mass.\n\n> $$\n> y\n> $$ quoted\n',
  '[INFO]: started\n[Alice]: Hello\n\n- [Bob]: Hi\n',
  'roses<br>\nviolets <br /> \n  daisies<BR>tulips',
  'hard  \nbreak\\\nand <br> here &amp; &copy; &#x41; <b>raw</b>\r\nwindows\r\n\r\nend\r\n',
  '**open and `code and [link](https://g.example/very/long and $math',
  `${'Words with **marks**, [links](https://h.example), `code` and $m$. '.repeat(60)}\n${'これは長い文章です。強調**も**あります。'.repeat(80)}`,
  `${'a'.repeat(9000)}*b ${'c '.repeat(3000)}d*`,
  '* a\n\n  b\n* c\n***\n+ d\n\n\n+ e\n10. f\n11. g\n\n-\n\n  no\n- > q\n  > r\n- ```\n  x\n',
]

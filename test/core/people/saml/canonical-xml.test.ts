import { describe, expect, it } from '@jest/globals'
import { SaxesParser } from 'saxes'
import { CanonicalXml } from '../../../../server/core/people/saml/canonical-xml.js'

/** The canonical form of the first element with a name. */
function canonical(text: string, name: string, inclusive: string[] = []): string {
  let written = ''
  const xml = new CanonicalXml((piece) => {
    written += piece
  }, inclusive)
  const parser = new SaxesParser({ xmlns: true })
  parser.on('opentag', (tag) => (xml.isOpen || tag.name === name) && xml.start(tag))
  parser.on('text', (piece) => xml.isOpen && xml.text(piece))
  parser.on('cdata', (piece) => xml.isOpen && xml.text(piece))
  parser.on('processinginstruction', ({ target, body }) => xml.isOpen && xml.instruction(target, body))
  parser.on('closetag', () => xml.isOpen && xml.end())
  parser.write(text).close()
  return written
}

describe('an element in exclusive canonical form', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['has both tags when it is empty',                              '<e1   />',                                                        '<e1></e1>'],
    ['has its attributes by namespace and name, those without first', '<e1 xmlns:b="urn:a" xmlns:a="urn:b" a:x="1" b:y="2" z="3" c="4"/>', '<e1 xmlns:a="urn:b" xmlns:b="urn:a" c="4" z="3" b:y="2" a:x="1"></e1>'],
    ['has no comments',                                             '<e1>a<!-- b -->c</e1>',                                           '<e1>ac</e1>'],
    ['has instructions',                                            '<e1><?go  now ?><?stop?></e1>',                                   '<e1><?go now ?><?stop?></e1>'],
    ['has sections of characters as text',                          '<e1><![CDATA[a < b & c > d]]></e1>',                              '<e1>a &lt; b &amp; c &gt; d</e1>'],
    ['has characters of texts escaped that a parser would change',  '<e1>&#13;"\n</e1>',                                               '<e1>&#xD;"\n</e1>'],
    ['has characters of attributes escaped, too',                   '<e1 x="&#9;&#10;&#13;&lt;&gt;&amp;&quot;\n"/>',                   '<e1 x="&#x9;&#xA;&#xD;&lt;>&amp;&quot; "></e1>'],
    ['has lines as Unix has them',                                  '<e1>a\r\nb</e1>',                                                 '<e1>a\nb</e1>'],
    ['has only the namespaces that it uses',                        '<e1 xmlns:a="urn:a" xmlns:b="urn:b"><a:e2 b:x="1"/></e1>',        '<e1><a:e2 xmlns:a="urn:a" xmlns:b="urn:b" b:x="1"></a:e2></e1>'],
    ['has each namespace once on the way down',                     '<a:e1 xmlns:a="urn:a"><a:e2 xmlns:a="urn:a"/><e3 xmlns:a="urn:b"><a:e4/></e3></a:e1>', '<a:e1 xmlns:a="urn:a"><a:e2></a:e2><e3><a:e4 xmlns:a="urn:b"></a:e4></e3></a:e1>'],
    ['says where the default namespace ends',                       '<e1 xmlns="urn:a"><e2 xmlns=""><e3/></e2></e1>',                  '<e1 xmlns="urn:a"><e2 xmlns=""><e3></e3></e2></e1>'],
    ['says nothing of a default namespace that was never written',  '<a:e1 xmlns:a="urn:a" xmlns="urn:b"><e2 xmlns=""/></a:e1>',       '<a:e1 xmlns:a="urn:a"><e2></e2></a:e1>'],
    ['has attributes without a prefix in no namespace',             '<e1 xmlns="urn:a"><e2 x="1"/></e1>',                              '<e1 xmlns="urn:a"><e2 x="1"></e2></e1>'],
    ['has its namespaces by their prefixes',                        '<e1 xmlns:b="urn:b" xmlns:a="urn:a" b:x="1" a:y="2"/>',           '<e1 xmlns:a="urn:a" xmlns:b="urn:b" a:y="2" b:x="1"></e1>'],
    ['declares no xml',                                             '<e1 xml:lang="en"/>',                                             '<e1 xml:lang="en"></e1>'],
  ])('%s', (_what, text, expected) => {
    expect(canonical(text, /<([\w:]+)/.exec(text)?.[1] ?? '')).toBe(expected)
  })

  it('takes its namespaces along, wherever it is', () => {
    const text = '<e0 xmlns="urn:d" xmlns:a="urn:a"><e1><a:e2/></e1></e0>'
    expect(canonical(text, 'e1')).toBe('<e1 xmlns="urn:d"><a:e2 xmlns:a="urn:a"></a:e2></e1>')
  })

  it('has the default namespace where a list names it', () => {
    const text = '<a:e1 xmlns="urn:d" xmlns:a="urn:a"/>'
    expect(canonical(text, 'a:e1', ['#default'])).toBe('<a:e1 xmlns="urn:d" xmlns:a="urn:a"></a:e1>')
    expect(canonical(text, 'a:e1')).toBe('<a:e1 xmlns:a="urn:a"></a:e1>')
  })

  it('has the namespaces of a list where they are declared, whether it uses them or not', () => {
    const text =
      '<e1 xmlns:xs="urn:xs" xmlns:b="urn:b"><e2 t="xs:string" xmlns="urn:d"><b:e3 xmlns:xs="urn:2"/></e2></e1>'
    expect(canonical(text, 'e1', ['xs', '#default', 'none'])).toBe(
      '<e1 xmlns:xs="urn:xs"><e2 xmlns="urn:d" t="xs:string"><b:e3 xmlns:b="urn:b" xmlns:xs="urn:2"></b:e3></e2></e1>',
    )
  })
})

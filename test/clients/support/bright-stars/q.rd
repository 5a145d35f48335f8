<resource schema="bright">
  <meta name="title">Bright stars</meta>
  <meta name="description">The twelve brightest stars of the night sky.</meta>
  <meta name="creationDate">2025-01-01T00:00:00Z</meta>
  <meta name="subject">stars</meta>
  <table id="stars" onDisk="True" adql="True">
    <column name="name" type="text" ucd="meta.id;meta.main" description="Proper name"/>
    <column name="ra" type="double precision" unit="deg" ucd="pos.eq.ra;meta.main" description="Right ascension, ICRS"/>
    <column name="dec" type="double precision" unit="deg" ucd="pos.eq.dec;meta.main" description="Declination, ICRS"/>
    <column name="vmag" type="real" unit="mag" ucd="phot.mag;em.opt.V" description="V magnitude"/>
  </table>
  <data id="import">
    <sources>stars.csv</sources>
    <csvGrammar/>
    <make table="stars"/>
  </data>
</resource>

"""What people call the columns of a table of music, as ``schema.normalised`` writes it.

Only names that mean one field and nothing else in a table of tracks; the most telling first.
"""

from collections.abc import Mapping

from cloudcrate.core.model import Field

SYNONYMS: Mapping[Field, tuple[str, ...]] = {
    Field.ARTIST: (
        *("artist", "artistname", "artists", "artistnames"),
        *("künstler", "kuenstler", "künstlername", "interpret", "interpreten"),
        *("artiste", "artistes", "nomdelartiste", "interprète"),
        *("artista", "artistas", "artisti", "nombredelartista", "nomedoartista", "nomedellartista"),
        *("intérprete", "interprete", "artiest", "artiesten", "artiestnaam"),
    ),
    Field.URL: (
        *("soundcloudurl", "soundcloudlink", "soundcloud", "trackurl", "tracklink"),
        *("urlsoundcloud", "linksoundcloud", "liensoundcloud", "enlacesoundcloud", "enlacedesoundcloud"),
        *("linkdosoundcloud", "linkdisoundcloud", "soundcloudadresse"),
        *("url", "link", "lien", "enlace"),
    ),
    Field.SOUNDCLOUD_ID: ("soundcloudid", "soundcloudtrackid", "scid", "idsoundcloud", "iddesoundcloud", "trackid"),
    Field.PLAYLISTS: (
        *("playlists", "playlist", "soundcloudplaylists", "soundcloudplaylist"),
        *("wiedergabelisten", "wiedergabeliste", "listesdelecture", "listedelecture"),
        *("listasdereproducción", "listadereproducción", "listasdereproduccion", "listadereproduccion"),
        *("listasdereprodução", "listadereprodução", "listasdereproducao", "listadereproducao"),
        *("afspeellijsten", "afspeellijst"),
    ),
    Field.DOWNLOADED: (
        *("downloaded", "isdownloaded", "heruntergeladen", "téléchargé", "telecharge", "téléchargée"),
        *("descargado", "descargada", "baixado", "baixada", "scaricato", "scaricata", "gedownload"),
    ),
    Field.FILE_PATH: (
        *("filepath", "path", "file", "filelocation", "location", "dateipfad", "pfad", "speicherort"),
        *("cheminfichier", "chemindufichier", "chemindaccès", "chemin"),
        *("rutadelarchivo", "rutadearchivo", "ruta", "caminhodoarquivo", "caminhodoficheiro"),
        *("percorsofile", "percorsodelfile", "percorso", "bestandspad", "bestandslocatie"),
    ),
    Field.DURATION: (
        *("duration", "length", "time", "tracklength", "dauer", "spieldauer", "spielzeit", "laufzeit"),
        *("länge", "laenge", "durée", "duree", "duración", "duracion", "duração", "duracao", "durata"),
        *("duur", "speelduur", "lengte"),
    ),
    Field.GENRE: (
        *("genre", "genres", "style", "styles", "stil", "stilrichtung", "musikrichtung", "genremusical"),
        *("género", "genero", "géneros", "gênero", "gêneros", "estilo", "estilos"),
        *("genere", "generi", "stile", "stijl", "muziekstijl"),
    ),
    Field.BPM: ("bpm", "averagebpm", "avgbpm", "tempo", "schlägeprominute", "battementsparminute"),
    Field.KEY: (
        *("key", "musickey", "musicalkey", "camelot", "camelotkey", "tonart", "tonalité", "tonalite"),
        *("tonalidad", "tonalidade", "tonalità", "tonalita", "toonsoort", "toonaard"),
    ),
    Field.LABEL: (
        *("label", "recordlabel", "plattenfirma", "plattenlabel", "musiklabel", "maisondedisques"),
        *("discográfica", "discografica", "sellodiscográfico", "sellodiscografico", "gravadora"),
        *("casadiscografica", "etichetta", "etichettadiscografica", "platenlabel", "platenmaatschappij"),
    ),
    Field.ISRC: ("isrc", "isrccode"),
    Field.RELEASED: (
        *("released", "releasedate", "releasedon", "erscheinungsdatum", "veröffentlichungsdatum", "erschienen"),
        *("datedesortie", "datedeparution", "fechadelanzamiento", "datadelançamento", "datadelancamento"),
        *("datadiuscita", "releasedatum", "uitgavedatum"),
    ),
    Field.POSTED: (
        *("posted", "postedon", "posteddate", "uploaded", "uploadedon", "uploaddate", "hochgeladen"),
        *("hochgeladenam", "uploaddatum", "datedemiseenligne", "fechadesubida", "datadicaricamento"),
        *("geüpload", "geupload"),
    ),
    Field.AVAILABILITY: (
        *("availability", "soundcloudavailability", "verfügbarkeit", "verfuegbarkeit"),
        *("disponibilité", "disponibilite", "disponibilidad", "disponibilidade", "disponibilità", "disponibilita"),
        "beschikbaarheid",
    ),
}
"""English, then German, French, Spanish, Portuguese, Italian and Dutch."""

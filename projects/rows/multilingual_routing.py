"""Messages in six languages and the team that each is for: 300 rows, five teams of 60."""

from projects.rows.draw import Draw, Row, apart

TEAMS = ("billing", "delivery", "repair", "bookings", "complaints")

_GREETINGS = {
    "en": ("Hello,", "Good morning,", "Dear team,", ""),
    "de": ("Hallo,", "Guten Tag,", "Liebes Team,", ""),
    "fr": ("Bonjour,", "Bonsoir,", "Chère équipe,", ""),
    "es": ("Hola:", "Buenos días:", "Buenas tardes:", ""),
    "it": ("Buongiorno,", "Salve,", "Gentile servizio clienti,", ""),
    "nl": ("Hallo,", "Goedemorgen,", "Beste mensen,", ""),
}
_CLOSINGS = {
    "en": ("Thank you for your help.", "Please let me know soon.", "Many thanks!", "What shall I do now?"),
    "de": (
        "Vielen Dank für Ihre Hilfe.",
        "Bitte geben Sie mir bald Bescheid.",
        "Herzlichen Dank!",
        "Was soll ich jetzt tun?",
    ),
    "fr": (
        "Merci de votre aide.",
        "Merci de me répondre rapidement.",
        "Un grand merci !",
        "Que dois-je faire maintenant ?",
    ),
    "es": ("Gracias por su ayuda.", "Espero su respuesta pronto.", "¡Muchas gracias!", "¿Qué debo hacer ahora?"),
    "it": (
        "Grazie per il vostro aiuto.",
        "Attendo una vostra risposta.",
        "Mille grazie!",
        "Che cosa devo fare adesso?",
    ),
    "nl": ("Bedankt voor uw hulp.", "Laat het me snel weten alstublieft.", "Hartelijk dank!", "Wat moet ik nu doen?"),
}
_THINGS = {
    "en": (
        "the washing machine",
        "the heater",
        "the bicycle",
        "the coffee machine",
        "the projector",
        "the sewing machine",
    ),
    "de": (
        "die Waschmaschine",
        "die Heizung",
        "das Fahrrad",
        "die Kaffeemaschine",
        "die Nähmaschine",
        "die Bohrmaschine",
    ),
    "fr": ("la machine à laver", "la cafetière", "la perceuse", "la machine à coudre", "la tondeuse", "la balance"),
    "es": ("la lavadora", "la cafetera", "la bicicleta", "la taladradora", "la estufa", "la máquina de coser"),
    "it": ("la lavatrice", "la stufa", "la bicicletta", "la macchina da cucire", "la bilancia", "la lampada"),
    "nl": ("de wasmachine", "de kachel", "de fiets", "het koffieapparaat", "de boormachine", "de naaimachine"),
}
_DAYS = {
    "en": ("Monday", "Tuesday", "Thursday", "Friday", "Saturday"),
    "de": ("Montag", "Dienstag", "Donnerstag", "Freitag", "Samstag"),
    "fr": ("lundi", "mardi", "jeudi", "vendredi", "samedi"),
    "es": ("el lunes", "el martes", "el jueves", "el viernes", "el sábado"),
    "it": ("lunedì", "martedì", "giovedì", "venerdì", "sabato"),
    "nl": ("maandag", "dinsdag", "donderdag", "vrijdag", "zaterdag"),
}
_SAID: dict[str, dict[str, tuple[str, ...]]] = {
    "billing": {
        "en": ("the bill for {thing} is {amount} too high.", "I paid {amount} on {day} and still got a reminder.", "please send the invoice for {thing} once more.", "my bank took {amount} twice on {day}.", "how can I pay {amount} in two parts?"),
        "de": ("die Rechnung für {thing} ist um {amount} zu hoch.", "ich habe am {day} {amount} überwiesen und trotzdem eine Mahnung bekommen.", "bitte schicken Sie mir die Rechnung für {thing} noch einmal.", "am {day} wurden {amount} doppelt abgebucht.", "kann ich {amount} in zwei Raten zahlen?"),
        "fr": ("la facture pour {thing} est trop élevée de {amount}.", "j'ai payé {amount} {day} et je reçois encore un rappel.", "pouvez-vous renvoyer la facture pour {thing} ?", "{amount} ont été prélevés deux fois {day}.", "est-il possible de payer {amount} en deux fois ?"),
        "es": ("la factura de {thing} tiene {amount} de más.", "pagué {amount} {day} y todavía recibo un aviso.", "¿pueden enviarme otra vez la factura de {thing}?", "me cobraron {amount} dos veces {day}.", "¿puedo pagar {amount} en dos plazos?"),
        "it": ("la fattura per {thing} è troppo alta di {amount}.", "ho pagato {amount} {day} e ricevo ancora un sollecito.", "potete rimandarmi la fattura per {thing}?", "{day} mi hanno addebitato due volte {amount}.", "posso pagare {amount} in due rate?"),
        "nl": ("de rekening voor {thing} is {amount} te hoog.", "ik heb {day} {amount} betaald en krijg toch een aanmaning.", "kunt u de factuur voor {thing} nog eens sturen?", "er is {day} twee keer {amount} afgeschreven.", "kan ik {amount} in twee delen betalen?"),
    },
    "delivery": {
        "en": ("{thing} should have come on {day} and did not.", "where is my parcel with {thing}? It was sent on {day}.", "can {thing} be brought on {day} instead?", "nobody was at home when you came with {thing} on {day}.", "only half of the order came, {thing} is missing."),
        "de": ("{thing} sollte am {day} kommen und ist nicht da.", "wo ist mein Paket mit der Bestellung vom {day}? Ich warte auf {thing}.", "können Sie {thing} stattdessen am {day} bringen?", "am {day} war niemand zu Hause, als Sie {thing} liefern wollten.", "es kam nur die halbe Lieferung, {thing} fehlt."),
        "fr": ("{thing} devait arriver {day} et n'est pas venue.", "où est mon colis ? Il a été expédié {day} avec {thing}.", "pouvez-vous livrer {thing} {day} à la place ?", "personne n'était à la maison {day} pour recevoir {thing}.", "une partie de la commande manque encore : {thing}."),
        "es": ("{thing} tenía que llegar {day} y no ha llegado.", "¿dónde está mi paquete con {thing}? Salió {day}.", "¿pueden entregar {thing} mejor {day}?", "no había nadie en casa {day} cuando trajeron {thing}.", "solo llegó la mitad del pedido, falta {thing}."),
        "it": ("{thing} doveva arrivare {day} e non è arrivata.", "dov'è il mio pacco con {thing}? È partito {day}.", "potete consegnare {thing} {day} invece?", "{day} non c'era nessuno in casa per ricevere {thing}.", "è arrivata solo metà dell'ordine, manca {thing}."),
        "nl": ("{thing} zou {day} komen en is er nog niet.", "waar is mijn pakket met {thing}? Het is {day} verstuurd.", "kunt u {thing} in plaats daarvan {day} brengen?", "er was {day} niemand thuis toen u met {thing} kwam.", "er is maar de helft geleverd, {thing} ontbreekt."),
    },
    "repair": {
        "en": ("{thing} has made a loud noise since {day}.", "{thing} no longer switches on.", "water runs out of {thing} at the bottom.", "can somebody come on {day} and look at {thing}?", "a part of {thing} broke off on {day}."),
        "de": ("{thing} macht seit {day} laute Geräusche.", "{thing} lässt sich nicht mehr einschalten.", "unten läuft Wasser heraus, es geht um {thing}.", "kann am {day} jemand kommen und {thing} ansehen?", "an einer Stelle ist am {day} etwas abgebrochen: {thing}."),
        "fr": ("{thing} fait beaucoup de bruit depuis {day}.", "{thing} ne s'allume plus.", "de l'eau coule en bas, il s'agit de {thing}.", "quelqu'un peut-il venir {day} pour réparer {thing} ?", "une pièce s'est cassée {day} sur {thing}."),
        "es": ("{thing} hace mucho ruido desde {day}.", "{thing} ya no se enciende.", "sale agua por debajo de {thing}.", "¿puede venir alguien {day} a reparar {thing}?", "se rompió una pieza de {thing} {day}."),
        "it": ("{thing} fa molto rumore da {day}.", "{thing} non si accende più.", "esce acqua da sotto, si tratta di {thing}.", "può venire qualcuno {day} a riparare {thing}?", "{day} si è rotto un pezzo, riguarda {thing}."),
        "nl": ("{thing} maakt sinds {day} veel lawaai.", "{thing} gaat niet meer aan.", "er loopt water onder {thing} uit.", "kan er {day} iemand komen om naar {thing} te kijken?", "er is {day} een onderdeel van {thing} afgebroken."),
    },
    "bookings": {
        "en": ("I should like to book the course on {day} for two people.", "can my appointment be moved to {day}?", "is there still room on {day} in the morning?", "please cancel my booking for {day}.", "at what time does the workshop begin on {day}?"),
        "de": ("ich möchte den Kurs am {day} für zwei Personen buchen.", "kann mein Termin auf {day} verschoben werden?", "ist am {day} vormittags noch ein Platz frei?", "bitte stornieren Sie meine Buchung für {day}.", "um wie viel Uhr beginnt der Kurs am {day}?"),
        "fr": ("je voudrais réserver le cours de {day} pour deux personnes.", "mon rendez-vous peut-il être déplacé à {day} ?", "reste-t-il une place {day} matin ?", "merci d'annuler ma réservation de {day}.", "à quelle heure commence l'atelier {day} ?"),
        "es": ("quisiera reservar el curso para dos personas {day}.", "¿se puede cambiar mi cita para {day}?", "¿queda todavía sitio {day} por la mañana?", "por favor, cancelen mi reserva para {day}.", "¿a qué hora empieza el taller {day}?"),
        "it": ("vorrei prenotare il corso di {day} per due persone.", "si può spostare il mio appuntamento a {day}?", "c'è ancora posto {day} mattina?", "vi prego di annullare la mia prenotazione di {day}.", "a che ora comincia il laboratorio {day}?"),
        "nl": ("ik wil graag de cursus van {day} boeken voor twee personen.", "kan mijn afspraak naar {day} worden verzet?", "is er {day} in de ochtend nog plaats?", "wilt u mijn boeking voor {day} annuleren?", "hoe laat begint de workshop op {day}?"),
    },
    "complaints": {
        "en": ("I was spoken to rudely on the phone on {day}.", "this is the third time that I write and nobody answers.", "I am very disappointed with how you handled {thing}.", "your promise of {day} was not kept, I want to speak to the manager.", "waiting an hour on {day} in spite of an appointment is too much."),
        "de": ("am {day} wurde ich am Telefon sehr unhöflich behandelt.", "ich schreibe zum dritten Mal und niemand antwortet.", "ich bin enttäuscht, wie Sie mit mir umgegangen sind, es ging um {thing}.", "was Sie mir am {day} versprochen haben, wurde nicht gehalten, ich möchte die Leitung sprechen.", "am {day} eine Stunde zu warten, trotz Termin, ist zu viel."),
        "fr": ("on m'a très mal parlé au téléphone {day}.", "c'est la troisième fois que j'écris et personne ne répond.", "je suis très déçue de votre façon de faire pour {thing}.", "votre promesse de {day} n'a pas été tenue, je veux parler au responsable.", "attendre une heure {day} malgré un rendez-vous, c'est trop."),
        "es": ("me trataron muy mal por teléfono {day}.", "es la tercera vez que escribo y nadie responde.", "estoy muy decepcionada con el trato que recibí por {thing}.", "no cumplieron lo que prometieron {day}, quiero hablar con el responsable.", "esperar una hora {day} con cita es demasiado."),
        "it": ("{day} mi hanno trattato molto male al telefono.", "è la terza volta che scrivo e nessuno risponde.", "sono molto deluso da come avete gestito la cosa: {thing}.", "la promessa di {day} non è stata mantenuta, voglio parlare con il responsabile.", "aspettare un'ora {day} con un appuntamento è troppo."),
        "nl": ("ik werd {day} aan de telefoon erg onbeleefd behandeld.", "dit is de derde keer dat ik schrijf en niemand antwoordt.", "ik ben erg teleurgesteld over hoe het is gegaan met {thing}.", "uw belofte van {day} is niet nagekomen, ik wil de leiding spreken.", "een uur wachten op {day}, ondanks een afspraak, is te veel."),
    },
}  # fmt: skip
_AMOUNTS = ("12 €", "29 €", "45 €", "80 €", "110 €", "250 €")


def rows() -> list[Row]:
    """The rows; teams and languages take turns, and are mixed then."""
    draw = Draw(17)
    languages = list(_GREETINGS)
    made = apart(
        300, lambda place: _message(draw, TEAMS[place % 5], languages[place // 5 % 6]), lambda row: str(row["text"])
    )
    draw.rng.shuffle(made)
    return made


def _message(draw: Draw, team: str, language: str) -> Row:
    slots = {"thing": _THINGS[language], "day": _DAYS[language], "amount": _AMOUNTS}
    said = draw.fill(draw.one(_SAID[team][language]), slots)
    greeting = draw.one(_GREETINGS[language])
    if not greeting or greeting.endswith(":"):
        said = said[:1].upper() + said[1:] if said[0] not in "¿¡" else said[0] + said[1:2].upper() + said[2:]
    parts = [greeting, said, draw.one(_CLOSINGS[language]) if draw.chance(0.75) else ""]
    return {"text": " ".join(part for part in parts if part), "language": language, "team": team}

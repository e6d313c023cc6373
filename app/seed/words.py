"""The words from which invented people, places and notes are put together."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES = _words(
    "ZAMBRANO CEDEÑO MOREIRA LOOR MENDOZA VERA MACÍAS INTRIAGO ALCÍVAR BRAVO DELGADO GARCÍA PÁRRAGA"
    " CHÁVEZ MERO PALMA PINARGOTE QUIJIJE ANCHUNDIA LUCAS TOALA MUÑOZ ORDÓÑEZ PEÑAFIEL YÁNEZ ÑAUPARI"
    " GUAMÁN QUISHPE TENESACA CHILUIZA MOROCHO LLERENA ANDRADE BRIONES CEVALLOS SÁNCHEZ RODRÍGUEZ"
    " RAMÍREZ GÓMEZ LÓPEZ VÉLEZ GILER BASURTO ROLDÁN SANTANA REYES FARÍAS VILLACRESES CASTAÑO PICO"
    " ESPINOZA JARAMILLO PONCE MURILLO SOLÓRZANO VALDIVIEZO PAZMIÑO CAÑARTE MONTESDEOCA UGALDE"
)
WOMEN = _words(
    "MARÍA ANA ROSA CARMEN GLORIA NARCISA MÓNICA VERÓNICA YOLANDA ÁNGELA LUCÍA SOFÍA JÉSSICA GEMA"
    " KATHERINE MAYRA DOLORES PATRICIA ELENA MERCEDES TERESA JOHANNA VALERIA BEGOÑA"
)
MEN = _words(
    "JOSÉ LUIS CARLOS JORGE MANUEL ÁNGEL VÍCTOR WILSON RAMÓN JUAN PEDRO FRANCISCO ANDRÉS WASHINGTON"
    " BYRON FREDDY GONZALO HÉCTOR ÍTALO NÉSTOR DARWIN STALIN EDUARDO RUBÉN ANTONIO"
)
TRADES = (
    "COMERCIAL",
    "DISTRIBUIDORA",
    "CONSTRUCTORA",
    "HOTEL",
    "PANADERÍA",
    "FERRETERÍA",
    "FARMACIA",
    "EMPACADORA",
    "UNIDAD EDUCATIVA",
    "CLÍNICA",
)
TRADE_NAMES = (
    "EL ROSARIO",
    "LA COSTEÑA",
    "SAN GREGORIO",
    "DEL PACÍFICO",
    "LOS ALMENDROS",
    "EL PEÑÓN",
    "NUEVA ESPERANZA",
    "SIMÓN BOLÍVAR",
    "LAS PALMAS",
    "MONTAÑA VERDE",
)
FORMS = ("S.A.", "CÍA. LTDA.", "S.A.S.")
SECTORS = (
    "CENTRO",
    "SAN PABLO",
    "12 DE MARZO",
    "ANDRÉS DE VERA",
    "PICOAZÁ",
    "COLÓN",
    "LOS TAMARINDOS",
    "LA PAZ",
    "EL FLORÓN",
    "VÍA A CRUCITA",
    "LOS ÁNGELES",
    "PEÑAS DEL RÍO",
    "CALDERÓN",
    "RÍO CHICO",
)
STREETS = (
    "AV. MANABÍ",
    "CALLE SUCRE",
    "CALLE OLMEDO",
    "AV. REALES TAMARINDOS",
    "CALLE PEDRO GUAL",
    "AV. URBINA",
    "CALLE QUITO",
    "CALLE CÓRDOVA",
    "AV. UNIVERSITARIA",
    "PASAJE LOS CEIBOS",
)
CATEGORIES = ("RESIDENCIAL", "COMERCIAL", "INDUSTRIAL", "OFICIAL")
CONNECTIONS = ("ACTIVO", "CORTADO", "SUSPENDIDO")
MAIL_HOSTS = ("example.com", "example.net", "example.org")

#: What an operator writes after a call, by outcome; an outcome that is not here needs no note.
NOTES = {
    "RPC_PTP_FULL": ("Se compromete a cancelar todo.", "Paga cuando cobre la quincena.", ""),
    "RPC_PTP_PART": ("Abona una parte, no le alcanza para todo.", "Ofrece un abono este mes."),
    "RPC_PLAN_REQ": (
        "Pide convenio a doce meses.",
        "Quiere pagar por cuotas, pregunta la entrada.",
    ),
    "RPC_PAID_CLAIM": (
        "Dice que pagó en Western Union.",
        "Indica que canceló en ventanilla la semana pasada.",
    ),
    "RPC_DISPUTE": (
        "Reclama consumo elevado, dice que hay fuga.",
        "No está de acuerdo con la lectura.",
    ),
    "RPC_CALLBACK": (
        "Está ocupado, pide que le llamen luego.",
        "Está trabajando, llamar en otra hora.",
        "",
    ),
    "RPC_HARDSHIP": ("Se quedó sin trabajo.", "Tiene un familiar enfermo, no puede pagar."),
    "RPC_REFUSE": ("Dice que no va a pagar.", "Se molesta y se niega a pagar."),
    "RPC_NOT_DEBTOR": ("Indica que vendió la casa.", "Dice que la cuenta no es suya."),
    "RPC_OPTOUT": ("Pide que no le llamen más.",),
    "TPC_MESSAGE": ("Contesta la hija, llega en la tarde.", "Contesta un familiar.", ""),
    "TPC_OCCUPANT": ("Contesta el arrendatario.",),
    "TPC_DECEASED": ("La esposa informa que el titular falleció.",),
    "UNV_CONTACT": ("No quiere dar sus datos.", ""),
    "BAD_WRONG": ("Número equivocado.",),
}

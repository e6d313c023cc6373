"""The words with which utilities head their columns, and how far each speaks for a field.

A header becomes canonical words («NRO. CTA» → numero, cuenta); a field is spoken for by phrases of them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.core.columns import fold

_CAMEL = re.compile(r"(?<=[a-záéíóúñ])(?=[A-ZÁÉÍÓÚÑ])|(?<=[A-Za-zÁÉÍÓÚÑáéíóúñ])(?=\d)")
#: «C.I.», «R.U.C.»
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_LONGEST_HEADER = 60

#: Canonical word: how it is written, folded, in full or abbreviated.
_SPELLINGS = {
    "numero": "n|no|nº|n°|nro|nros|num|nums|numero|numeros|number|cant|cantidad",
    "cuenta": "cta|ctas|cuenta|cuentas|ctacte|account|acct",
    "contrato": "contrato|contratos|contr|ctto",
    "suministro": "suministro|suministros|sumin|sum|nis|cuen",
    "codigo": "cod|codigo|codigos|clave|cdgo",
    "cliente": "cli|clte|cliente|clientes|client|customer",
    "abonado": "abonado|abonados|abon|suscriptor",
    "usuario": "usuario|usuarios|usu|usr|consumidor|contribuyente|propietario|dueno|deudor|socio",
    "titular": "titular|titulares|owner|holder",
    "cedula": "ced|cedula|cedulas|ci|cc|nui",
    "ruc": "ruc",
    "identificacion": "id|ident|identif|identificacion|identificaciones|dni|identidad",
    "documento": "doc|docu|docto|dcto|documento|documentos",
    "nombre": "nom|nomb|nombre|nombres|nombrecompleto|apenom|razon|rsocial|denominacion|name",
    "apellido": "ape|apell|apellido|apellidos|surname|surnames",
    "deuda": "deuda|deu|deudas|adeudado|adeudados|adeudada|adeudadas|adeuda|adeud|debe|cartera|obligacion|obligaciones",
    "saldo": "saldo|saldos|sdo|sdos|sld|balance",
    "total": "total|totales|tot|gran",
    "valor": "valor|valores|val|vlr|vr|monto|montos|mto|importe|imp|usd|dolares|amount",
    "pendiente": "pendiente|pendientes|pend|impago|impagos|impaga|impagas|exigible|insoluto|owed|outstanding",
    "pagar": "pagar|cobrar|cancelar",
    "planilla": "planilla|planillas|plla|pllas|planil|plan",
    "factura": "fact|factura|facturas|fac|facts|recibos|titulo|titulos|carta|cartas|bill|bills|invoice|invoices",
    "mes": "mes|meses|periodos|cuotas",
    "vencimiento": "vence|ven|vencimiento|vencimientos|vcto|vcmto|vto|venc|vencim|vencto|caducidad|due",
    "vencido": "vencido|vencidos|vencida|vencidas|atrasado|atrasados|atrasadas|overdue",
    "maximo": "max|maxima|maximo|limite|tope|plazo|ultimodia|hasta",
    "emision": "emision|emis|emitido|emitida|emi|facturacion|expedicion|generacion|issued",
    "fecha": "fecha|fechas|fec|fch|fcha|f|fecha hora|dia|date",
    "telefono": "tel|telf|telef|telefono|telefonos|telfono|tlf|tlfn|tlfno|telfs|fono|fonos|phone|contacto",
    "celular": "cel|celu|celular|celulares|cell|movil|moviles|whatsapp|wsp|mobile",
    "convencional": "convencional|convenc|fijo|residencia",
    "conv": "conv",
    "correo": "correo|correos|email|emails|mail|mails|ecorreo",
    "direccion": "dir|direc|direcc|direccion|direcciones|domicilio|domic|calle|calles|ubicacion|av|avenida|interseccion|transversal|address",
    "sector": "barrio|barrios|parroquia|parroq|ciudadela|cdla|sector|sect|zona|urbanizacion|recinto|comunidad|localidad|district|neighborhood",
    "ciudad": "canton|ciudad|provincia",
    "reclamo": "reclamo|reclamos|recl|disputa|impugnado|impugnacion|queja",
    "convenio": "convenio|convenios|diferido|diferidos|diferida|difer|refinanciado|refinanciada|refinanciamiento|refinanc|financiado|acuerdo|reestructurado",
    "interes": "interes|intereses|inter|mora|recargo|recargos|multa|multas|int|interest",
    "pago": "pago|pagos|abono|abonos|cobro|cobros|cobrado|cobrada|recaudo|recaudado|recaudada|recaudacion|pagado|pagada|cancelado|deposito|depositado|paid|payment",
    "comprobante": "comprobante|comprob|comp|referencia|ref|refer|transaccion|trans|trx|transac|secuencial|secuencia|sec|papeleta|recibo|autorizacion|operacion|tramite|movimiento|receipt|reference",
    "canal": "canal|banco|bancos|punto|ventanilla|agencia|entidad|institucion|medio|forma|caja|cajero|recaudador|recaudadora|corresponsal|channel|bank",
    "reverso": "reverso|reversos|reversado|reversada|reversion|anulado|anulada|anulacion|extorno|reversed|reversal",
    "tipo": "tipo|clase|tp",
    "latitud": "lat|latitud|coordy|coordenaday",
    "longitud": "lon|long|lng|longitud|coordx|coordenadax",
    "coordenada": "coord|coordenada",
    "servicio": "servicio|servicios|serv|producto",
    "categoria": "categoria|categ|cat|tarifa",
    "consumo": "consumo",
    "estado": "estado|est|status|situacion",
    "conexion": "conexion|corte|acometida",
    "medidor": "medidor|med|serie",
    "dias": "dias|edad|anos|antiguedad",
    "ultimo": "ult|ultimo|ultima|ultimos",
    "anterior": "anterior|ant|anteriores|previo",
    "antiguo": "antigua|antiguo|vieja|primera|primer",
    "corriente": "corriente|corrientes|actual|actuales|vencer",
    "condonado": "condonado|condonada|condonacion|descuento|descuentos|exoneracion|subsidio|rebaja",
    "original": "original|inicial|emitidos",
    "catastro": "catastro|catastral|predial|predio|ruta|geocodigo|ciclo|lectura|manzana|banca|cuenta contable",
    "promedio": "promedio|prom",
    "capital": "capital",
}  # fmt: skip
_WORDS = {
    written: word for word, spellings in _SPELLINGS.items() for written in spellings.split("|")
}

#: By field: how far (0–100) a header that has all these words speaks for it.
_PHRASES: dict[str, tuple[tuple[int, str], ...]] = {
    "account": (
        (98, "numero cuenta"), (96, "cuenta"), (95, "codigo cuenta"), (92, "suministro"), (90, "contrato"),
        (89, "identificacion cliente"), (88, "codigo cliente"), (88, "codigo usuario"), (88, "codigo abonado"),
        (88, "numero cliente"), (88, "numero abonado"), (86, "numero usuario"), (86, "identificacion usuario"),
        (84, "codigo suministro"), (80, "numero servicio"), (78, "codigo servicio"), (74, "abonado"), (70, "cliente"),
        (66, "usuario"), (64, "codigo"), (50, "servicio"), (40, "numero"), (35, "identificacion"),
    ),
    "identification": (
        (98, "cedula"), (98, "ruc"), (96, "identificacion"), (94, "numero identificacion"), (84, "numero documento"),
        (84, "documento"),
    ),
    "identification_kind": ((96, "tipo identificacion"), (96, "tipo documento"), (90, "tipo cedula"), (60, "tipo")),
    "name": (
        (97, "nombre"), (95, "apellido"), (92, "titular"), (90, "cliente"), (90, "abonado"), (88, "usuario"),
    ),
    "phone": ((96, "telefono"), (96, "celular"), (85, "convencional"), (80, "conv")),
    "email": ((97, "correo"),),
    "address": ((96, "direccion"),),
    "sector": ((96, "sector"), (58, "ciudad")),
    "latitude": ((97, "latitud"),),
    "longitude": ((97, "longitud"),),
    "service": ((85, "servicio"), (90, "tipo servicio")),
    "category": ((92, "categoria"), (90, "tipo consumo"), (85, "tipo cliente"), (85, "tipo usuario"), (50, "consumo")),
    "connection_status": (
        (95, "estado conexion"), (92, "estado servicio"), (90, "estado suministro"), (88, "conexion"), (84, "estado"),
        (90, "estado medidor"), (90, "estado cuenta"),
    ),
    "bill_number": (
        (94, "numero planilla"), (94, "numero factura"), (90, "planilla"), (90, "factura"), (80, "numero documento"),
        (78, "comprobante"), (72, "documento"),
    ),
    "bills_count": (
        (94, "planilla"), (94, "factura"), (92, "mes"), (90, "numero planilla"), (90, "numero factura"),
        (88, "mes deuda"),
        (92, "planilla vencimiento"),
        (92, "factura vencimiento"),
        (92, "mes vencimiento"),
        (90, "mes interes"),
    ),
    "issued_on": ((96, "emision"), (96, "fecha emision"), (80, "fecha factura"), (80, "fecha planilla"), (45, "fecha")),
    "due_on": (
        (97, "vencimiento"), (97, "fecha vencimiento"), (94, "maximo pago"), (90, "maximo pagar"), (90, "fecha maximo"),
        (88, "fecha vencido"), (86, "fecha pagar"), (60, "fecha pago"), (50, "fecha"),
    ),
    "amount": (
        (88, "valor original"), (86, "valor emision"), (86, "valor planilla"), (86, "valor factura"), (80, "valor mes"),
        (85, "capital"),
        (74, "valor"), (70, "total planilla"), (70, "total factura"), (66, "planilla"), (66, "factura"),
    ),
    "interest": ((95, "interes"), (95, "valor interes")),
    "balance": (
        (99, "deuda total"), (99, "total pagar"), (99, "saldo total"), (99, "pendiente total"), (97, "saldo pendiente"),
        (95, "pendiente pago"),
        (95, "saldo vencimiento"),
        (93, "valor vencimiento"),
        (93, "pendiente factura"),
        (93, "pendiente planilla"),
        (90, "deuda interes"),
        (97, "saldo deuda"), (96, "valor pendiente"), (96, "valor deuda"), (96, "deuda"), (95, "saldo"),
        (94, "valor pagar"), (93, "pendiente"), (92, "total"), (84, "total vencido"), (80, "valor vencido"),
        (78, "vencido"), (74, "valor"), (60, "pagar"),
    ),
    "agreed_balance": ((96, "convenio"), (96, "saldo convenio"), (90, "saldo conv"), (80, "valor convenio")),
    "disputed": ((96, "reclamo"),),
    "disputed_balance": ((97, "saldo reclamo"), (97, "valor reclamo"), (95, "reclamo"), (96, "deuda reclamo")),
    "reference": (
        (97, "comprobante"), (95, "numero comprobante"), (94, "identificacion pago"), (90, "numero pago"),
        (88, "codigo pago"), (80, "numero documento"), (76, "documento"), (60, "identificacion"), (55, "numero"),
        (50, "codigo"),
    ),
    "paid_on": ((98, "fecha pago"), (90, "fecha comprobante"), (82, "fecha"), (60, "pago")),
    "paid_amount": (
        (98, "valor pago"), (97, "total pago"), (95, "pago"), (82, "valor"), (78, "total"), (70, "valor comprobante"),
    ),
    "channel": ((95, "canal"), (96, "canal pago"), (90, "tipo pago")),
    "reversal": ((97, "reverso"), (72, "estado"), (72, "estado pago"), (68, "tipo comprobante"), (62, "tipo")),
}  # fmt: skip

#: Words that turn a phrase away from the field: «saldo convenio» is no balance.
_AGAINST = {
    "account": "medidor nombre fecha valor deuda saldo telefono direccion estado tipo catastro planilla factura correo cedula ruc canal comprobante consumo dias total pago convenio",
    "identification": "tipo fecha planilla factura pago valor comprobante",
    "name": "codigo numero direccion canal sector ciudad identificacion tipo estado telefono correo servicio cedula ruc fecha valor saldo deuda cuenta contrato suministro categoria consumo medidor",
    "phone": "tipo estado fecha saldo valor convenio",
    "email": "estado fecha tipo",
    "address": "correo telefono codigo tipo",
    "sector": "codigo fecha valor",
    "service": "numero codigo estado fecha valor identificacion",
    "category": "fecha valor numero",
    "connection_status": "reclamo fecha valor civil",
    "bill_number": "fecha valor deuda saldo vencido mes pendiente total tipo convenio estado",
    "bills_count": "fecha valor saldo dias ultimo codigo tipo estado promedio convenio interes vencimiento emision",
    "issued_on": "conexion vencimiento ultimo pago numero valor",
    "due_on": "conexion ultimo emision corriente numero valor convenio",
    "amount": "saldo vencido pendiente pago convenio interes ultimo condonado reclamo deuda fecha numero promedio",
    "interest": "fecha mes numero dias planilla factura",
    "balance": "convenio conv planilla factura interes reclamo pago ultimo anterior condonado fecha numero dias original corriente emision promedio mes cuenta estado",
    "agreed_balance": "fecha numero estado tipo",
    "disputed": "fecha saldo numero",
    "disputed_balance": "fecha numero estado tipo",
    "reference": "fecha valor canal cuenta tipo total cedula cliente",
    "paid_on": "valor numero emision vencimiento maximo comprobante canal total",
    "paid_amount": "pendiente vencido fecha numero canal comprobante forma tipo saldo interes estado codigo identificacion deuda",
    "channel": "codigo fecha valor numero",
    "reversal": "fecha valor numero cuenta identificacion documento",
}  # fmt: skip
_TURNED_AWAY = 0.3
#: What each unexplained further word takes from a phrase.
_UNEXPLAINED = 2


@lru_cache(4096)
def canonical(header: str) -> tuple[str, ...]:
    """The known words of a header, abbreviations and joined words («FECVENC») understood."""
    whole = _INITIALS.sub(lambda found: found[0].replace(".", ""), header[:_LONGEST_HEADER])
    plain = fold(_CAMEL.sub(" ", whole.replace("#", " numero ")))
    tokens = "".join(ch if ch.isalnum() else " " for ch in plain).split()
    return tuple(dict.fromkeys(word for token in tokens for word in _known(token)))


def _known(token: str) -> tuple[str, ...]:
    if token in _WORDS:
        return (_WORDS[token],)
    for cut in range(len(token) - 2, 2, -1):
        if token[:cut] in _WORDS and token[cut:] in _WORDS:
            return _WORDS[token[:cut]], _WORDS[token[cut:]]
    return ()


@lru_cache(4096)
def spoken_for(header: str) -> dict[str, float]:
    """``{field: 0–100}`` of the fields that ``header`` speaks for; ``paid_amount`` is a payment's amount."""
    words = set(canonical(header))
    found: dict[str, float] = {}
    for field, phrases in _PHRASES.items():
        fitting = [
            (weight, phrase) for weight, text in phrases if (phrase := set(text.split())) <= words
        ]
        if not fitting:
            continue
        explained = set().union(*(phrase for _weight, phrase in fitting))
        score = float(max(weight for weight, _phrase in fitting)) - _UNEXPLAINED * len(
            words - explained
        )
        if words & (set(_AGAINST.get(field, "").split()) - explained):
            score *= _TURNED_AWAY
        found[field] = score
    return found


def is_heading(text: str) -> bool:
    """Whether a cell reads like the head of a column."""
    return 0 < len(text) <= _LONGEST_HEADER and bool(spoken_for(text))

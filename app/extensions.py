"""The Flask extensions, created once and bound to an application by `create_app`."""

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

#: ``metadata=`` or Alembic would propose to drop every table.
db = SQLA(metadata=Model.metadata, session_options={"expire_on_commit": False})
migrate = Migrate(compare_type=True)
csrf = CSRFProtect()

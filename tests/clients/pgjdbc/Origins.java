// Which tables a result's columns are of, and results that are changed through the driver.
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGResultSetMetaData;

public class Origins {
  static void printOrigins(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      PGResultSetMetaData columns = rows.getMetaData().unwrap(PGResultSetMetaData.class);
      for (int i = 1; i <= rows.getMetaData().getColumnCount(); ++i) {
        System.out.println(rows.getMetaData().getColumnName(i) + ": " + columns.getBaseSchemaName(i) + "." + columns.getBaseTableName(i)
            + "." + columns.getBaseColumnName(i) + " " + rows.getMetaData().isNullable(i));
      }
    }
  }

  static void printRows(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) System.out.println(rows.getLong(1) + " " + rows.getString(2) + " " + rows.getBigDecimal(3));
    }
  }

  public static void main(String[] arguments) throws Exception {
    try (Connection connection = DriverManager.getConnection(arguments[0]);
        Statement changing = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
        Statement reading = connection.createStatement()) {
      printOrigins(connection, "SELECT i.id, i.name AS called, amount * 2 AS twice, t.n FROM items i JOIN totals t ON t.name = i.name");
      changing.executeUpdate("INSERT INTO items VALUES (1, 'one', 1.50), (2, 'two', 2.50), (3, 'three', 3.50)");
      try (ResultSet rows = changing.executeQuery("SELECT id, name, amount FROM items ORDER BY id")) {
        rows.next();
        rows.updateString("name", "first");
        rows.updateRow();
        rows.next();
        rows.deleteRow();
        rows.moveToInsertRow();
        rows.updateLong("id", 4);
        rows.updateString("name", "four");
        rows.updateBigDecimal("amount", new java.math.BigDecimal("4.50"));
        rows.insertRow();
      }
      printRows(reading, "SELECT id, name, amount FROM items ORDER BY id");
      printRows(reading, "SELECT n, name, total FROM totals ORDER BY name");
      try (ResultSet rows = changing.executeQuery("SELECT name, n FROM totals ORDER BY name")) {
        rows.next();
        rows.updateLong("n", 10);
        System.out.println("a view was changed");
      } catch (SQLException error) {
        System.out.println(error.getSQLState());
      }
    }
  }
}

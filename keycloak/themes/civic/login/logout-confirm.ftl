<#import "template.ftl" as layout>
<#import "fields.ftl" as fields>
<@layout.registrationLayout; section>
  <#if section = "header">
    ${msg("logoutConfirmTitle")}
  <#elseif section = "form">
    <form class="form" action="${url.logoutConfirmAction}" method="post">
      <p class="kern-body">${msg("logoutConfirmHeader")}</p>
      <input type="hidden" name="session_code" value="${logoutConfirm.code}">
      <@fields.send text=msg("doLogout") id="kc-logout" name="confirmLogout"/>
    </form>
  </#if>
</@layout.registrationLayout>
